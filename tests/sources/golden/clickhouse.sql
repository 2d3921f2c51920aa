SELECT name FROM system.tables WHERE database = 'state';

CREATE TABLE `shop`.`state`.`audience_sync_111111111111_222222222222` (profile_id String, fingerprint String, copies Int64) ENGINE = MergeTree ORDER BY tuple();

CREATE TABLE `shop`.`state`.`audience_sync_111111111111_222222222222_wanted` (profile_id String, fingerprint String, copies Int64) ENGINE = MergeTree ORDER BY tuple();

CREATE TABLE `shop`.`state`.`audience_sync_111111111111_222222222222_asked` (mark String) ENGINE = MergeTree ORDER BY tuple();

INSERT INTO `shop`.`state`.`audience_sync_111111111111_222222222222_asked` VALUES ('00ff'), ('ff00');

INSERT INTO `shop`.`state`.`audience_sync_111111111111_222222222222` SELECT k, if(count() = 1, min(p), lower(hex(MD5(arrayStringConcat(arraySort(groupArray(p)), ''))))), count(*) FROM (SELECT toString(q.`id`) AS k, lower(hex(MD5(coalesce(toString(length(toString(q.`id`))) || ':' || toString(q.`id`), 'n') || coalesce(toString(length(toString(q.`weird \`"\\'`))) || ':' || toString(q.`weird \`"\\'`), 'n') || coalesce(toString(length(toString(q.`score`))) || ':' || toString(q.`score`), 'n') || coalesce(toString(length(toString(q.`paid`))) || ':' || toString(q.`paid`), 'n') || coalesce(toString(length(toString(q.`vip`))) || ':' || toString(q.`vip`), 'n') || coalesce(toString(length(toString(q.`born`))) || ':' || toString(q.`born`), 'n') || coalesce(toString(length(toString(q.`opens`))) || ':' || toString(q.`opens`), 'n') || coalesce(toString(length(toString(q.`seen_at`, 'UTC'))) || ':' || toString(q.`seen_at`, 'UTC'), 'n') || coalesce(toString(length(toString(q.`local_at`))) || ':' || toString(q.`local_at`), 'n') || coalesce(toString(length(toString(q.`tags`))) || ':' || toString(q.`tags`), 'n')))) AS p FROM (
SELECT * FROM customers
) AS q) AS t WHERE k IS NOT NULL GROUP BY k;

INSERT INTO `shop`.`state`.`audience_sync_111111111111_222222222222_wanted` SELECT profile_id, fingerprint, 1 FROM (SELECT s.profile_id, s.fingerprint FROM `shop`.`state`.`audience_sync_111111111111_222222222222` AS s LEFT ANTI JOIN `shop`.`state`.`audience_sync_111111111111_333333333333` AS b ON s.profile_id = b.profile_id AND s.fingerprint = b.fingerprint UNION DISTINCT SELECT s.profile_id, s.fingerprint FROM `shop`.`state`.`audience_sync_111111111111_222222222222` AS s JOIN `shop`.`state`.`audience_sync_111111111111_222222222222_asked` AS a ON a.mark = lower(hex(MD5(s.profile_id)))) AS t;

SELECT CAST(count(*) AS Int64), CAST(coalesce(sum(copies), 0) AS Int64) FROM `shop`.`state`.`audience_sync_111111111111_222222222222`;

SELECT s.profile_id FROM `shop`.`state`.`audience_sync_111111111111_333333333333` AS s LEFT ANTI JOIN `shop`.`state`.`audience_sync_111111111111_222222222222` AS b ON s.profile_id = b.profile_id;

SELECT q.*, lower(hex(MD5(toString(q.`id`)))) AS audience_sync_mark, lower(hex(MD5(coalesce(toString(length(toString(q.`id`))) || ':' || toString(q.`id`), 'n') || coalesce(toString(length(toString(q.`weird \`"\\'`))) || ':' || toString(q.`weird \`"\\'`), 'n') || coalesce(toString(length(toString(q.`score`))) || ':' || toString(q.`score`), 'n') || coalesce(toString(length(toString(q.`paid`))) || ':' || toString(q.`paid`), 'n') || coalesce(toString(length(toString(q.`vip`))) || ':' || toString(q.`vip`), 'n') || coalesce(toString(length(toString(q.`born`))) || ':' || toString(q.`born`), 'n') || coalesce(toString(length(toString(q.`opens`))) || ':' || toString(q.`opens`), 'n') || coalesce(toString(length(toString(q.`seen_at`, 'UTC'))) || ':' || toString(q.`seen_at`, 'UTC'), 'n') || coalesce(toString(length(toString(q.`local_at`))) || ':' || toString(q.`local_at`), 'n') || coalesce(toString(length(toString(q.`tags`))) || ':' || toString(q.`tags`), 'n')))) AS audience_sync_print FROM (
SELECT * FROM customers
) AS q LEFT JOIN `shop`.`state`.`audience_sync_111111111111_222222222222_wanted` AS w ON w.profile_id = toString(q.`id`) WHERE toString(q.`id`) IS NULL OR w.copies = 1;

SELECT lower(hex(MD5(profile_id))) AS mark, fingerprint AS print FROM `shop`.`state`.`audience_sync_111111111111_222222222222_wanted`;

