SHOW TABLES IN `shop`.`state`;

CREATE TABLE `shop`.`state`.`audience_sync_111111111111_222222222222` (profile_id STRING, fingerprint STRING, copies BIGINT);

CREATE TABLE `shop`.`state`.`audience_sync_111111111111_222222222222_wanted` (profile_id STRING, fingerprint STRING, copies BIGINT);

CREATE TABLE `shop`.`state`.`audience_sync_111111111111_222222222222_asked` (mark STRING);

INSERT INTO `shop`.`state`.`audience_sync_111111111111_222222222222_asked` VALUES ('00ff'), ('ff00');

INSERT INTO `shop`.`state`.`audience_sync_111111111111_222222222222` SELECT k, CASE WHEN count(*) = 1 THEN min(p) ELSE md5(array_join(array_sort(collect_list(p)), '')) END, count(*) FROM (SELECT CAST(q.`id` AS STRING) AS k, md5(coalesce(CAST(length(CAST(q.`id` AS STRING)) AS STRING) || ':' || CAST(q.`id` AS STRING), 'n') || coalesce(CAST(length(CAST(q.`weird ``"\'` AS STRING)) AS STRING) || ':' || CAST(q.`weird ``"\'` AS STRING), 'n') || coalesce(CAST(length(CAST(q.`score` AS STRING)) AS STRING) || ':' || CAST(q.`score` AS STRING), 'n') || coalesce(CAST(length(CAST(q.`paid` AS STRING)) AS STRING) || ':' || CAST(q.`paid` AS STRING), 'n') || coalesce(CAST(length(CAST(q.`vip` AS STRING)) AS STRING) || ':' || CAST(q.`vip` AS STRING), 'n') || coalesce(CAST(length(CAST(q.`born` AS STRING)) AS STRING) || ':' || CAST(q.`born` AS STRING), 'n') || coalesce(CAST(length(CAST(q.`opens` AS STRING)) AS STRING) || ':' || CAST(q.`opens` AS STRING), 'n') || coalesce(CAST(length(CAST(unix_micros(q.`seen_at`) AS STRING)) AS STRING) || ':' || CAST(unix_micros(q.`seen_at`) AS STRING), 'n') || coalesce(CAST(length(CAST(q.`local_at` AS STRING)) AS STRING) || ':' || CAST(q.`local_at` AS STRING), 'n') || coalesce(CAST(length(to_json(q.`tags`, map('ignoreNullFields', 'false'))) AS STRING) || ':' || to_json(q.`tags`, map('ignoreNullFields', 'false')), 'n')) AS p FROM (
SELECT * FROM customers
) AS q) AS t WHERE k IS NOT NULL GROUP BY k;

INSERT INTO `shop`.`state`.`audience_sync_111111111111_222222222222_wanted` SELECT profile_id, fingerprint, 1 FROM (SELECT s.profile_id, s.fingerprint FROM `shop`.`state`.`audience_sync_111111111111_222222222222` AS s LEFT ANTI JOIN `shop`.`state`.`audience_sync_111111111111_333333333333` AS b ON s.profile_id = b.profile_id AND s.fingerprint = b.fingerprint UNION DISTINCT SELECT s.profile_id, s.fingerprint FROM `shop`.`state`.`audience_sync_111111111111_222222222222` AS s JOIN `shop`.`state`.`audience_sync_111111111111_222222222222_asked` AS a ON a.mark = md5(s.profile_id)) AS t;

SELECT CAST(count(*) AS BIGINT), CAST(coalesce(sum(copies), 0) AS BIGINT) FROM `shop`.`state`.`audience_sync_111111111111_222222222222`;

SELECT s.profile_id FROM `shop`.`state`.`audience_sync_111111111111_333333333333` AS s LEFT ANTI JOIN `shop`.`state`.`audience_sync_111111111111_222222222222` AS b ON s.profile_id = b.profile_id;

SELECT q.*, md5(CAST(q.`id` AS STRING)) AS audience_sync_mark, md5(coalesce(CAST(length(CAST(q.`id` AS STRING)) AS STRING) || ':' || CAST(q.`id` AS STRING), 'n') || coalesce(CAST(length(CAST(q.`weird ``"\'` AS STRING)) AS STRING) || ':' || CAST(q.`weird ``"\'` AS STRING), 'n') || coalesce(CAST(length(CAST(q.`score` AS STRING)) AS STRING) || ':' || CAST(q.`score` AS STRING), 'n') || coalesce(CAST(length(CAST(q.`paid` AS STRING)) AS STRING) || ':' || CAST(q.`paid` AS STRING), 'n') || coalesce(CAST(length(CAST(q.`vip` AS STRING)) AS STRING) || ':' || CAST(q.`vip` AS STRING), 'n') || coalesce(CAST(length(CAST(q.`born` AS STRING)) AS STRING) || ':' || CAST(q.`born` AS STRING), 'n') || coalesce(CAST(length(CAST(q.`opens` AS STRING)) AS STRING) || ':' || CAST(q.`opens` AS STRING), 'n') || coalesce(CAST(length(CAST(unix_micros(q.`seen_at`) AS STRING)) AS STRING) || ':' || CAST(unix_micros(q.`seen_at`) AS STRING), 'n') || coalesce(CAST(length(CAST(q.`local_at` AS STRING)) AS STRING) || ':' || CAST(q.`local_at` AS STRING), 'n') || coalesce(CAST(length(to_json(q.`tags`, map('ignoreNullFields', 'false'))) AS STRING) || ':' || to_json(q.`tags`, map('ignoreNullFields', 'false')), 'n')) AS audience_sync_print FROM (
SELECT * FROM customers
) AS q LEFT JOIN `shop`.`state`.`audience_sync_111111111111_222222222222_wanted` AS w ON w.profile_id = CAST(q.`id` AS STRING) WHERE CAST(q.`id` AS STRING) IS NULL OR w.copies = 1;

SELECT md5(profile_id) AS mark, fingerprint AS print FROM `shop`.`state`.`audience_sync_111111111111_222222222222_wanted`;

