SELECT table_name FROM information_schema.tables WHERE table_schema = 'state';

CREATE TABLE "shop"."state"."audience_sync_111111111111_222222222222" (profile_id VARCHAR, fingerprint VARCHAR, copies BIGINT);

CREATE TABLE "shop"."state"."audience_sync_111111111111_222222222222_wanted" (profile_id VARCHAR, fingerprint VARCHAR, copies BIGINT);

CREATE TABLE "shop"."state"."audience_sync_111111111111_222222222222_asked" (mark VARCHAR);

INSERT INTO "shop"."state"."audience_sync_111111111111_222222222222_asked" VALUES ('00ff'), ('ff00');

INSERT INTO "shop"."state"."audience_sync_111111111111_222222222222" SELECT k, CASE WHEN count(*) = 1 THEN min(p) ELSE md5(string_agg(p, '' ORDER BY p)) END, count(*) FROM (SELECT CAST(q."id" AS VARCHAR) AS k, md5(coalesce(CAST(length(CAST(q."id" AS VARCHAR)) AS VARCHAR) || ':' || CAST(q."id" AS VARCHAR), 'n') || coalesce(CAST(length(CAST(q."weird `""\'" AS VARCHAR)) AS VARCHAR) || ':' || CAST(q."weird `""\'" AS VARCHAR), 'n') || coalesce(CAST(length(CAST(q."score" AS VARCHAR)) AS VARCHAR) || ':' || CAST(q."score" AS VARCHAR), 'n') || coalesce(CAST(length(CAST(q."paid" AS VARCHAR)) AS VARCHAR) || ':' || CAST(q."paid" AS VARCHAR), 'n') || coalesce(CAST(length(CAST(q."vip" AS VARCHAR)) AS VARCHAR) || ':' || CAST(q."vip" AS VARCHAR), 'n') || coalesce(CAST(length(CAST(q."born" AS VARCHAR)) AS VARCHAR) || ':' || CAST(q."born" AS VARCHAR), 'n') || coalesce(CAST(length(CAST(q."opens" AS VARCHAR)) AS VARCHAR) || ':' || CAST(q."opens" AS VARCHAR), 'n') || coalesce(CAST(length(CAST(epoch_us(q."seen_at") AS VARCHAR)) AS VARCHAR) || ':' || CAST(epoch_us(q."seen_at") AS VARCHAR), 'n') || coalesce(CAST(length(CAST(q."local_at" AS VARCHAR)) AS VARCHAR) || ':' || CAST(q."local_at" AS VARCHAR), 'n') || coalesce(CAST(length(CAST(to_json(q."tags") AS VARCHAR)) AS VARCHAR) || ':' || CAST(to_json(q."tags") AS VARCHAR), 'n')) AS p FROM (
SELECT * FROM customers
) AS q) AS t WHERE k IS NOT NULL GROUP BY k;

INSERT INTO "shop"."state"."audience_sync_111111111111_222222222222_wanted" SELECT profile_id, fingerprint, 1 FROM (SELECT s.profile_id, s.fingerprint FROM "shop"."state"."audience_sync_111111111111_222222222222" AS s ANTI JOIN "shop"."state"."audience_sync_111111111111_333333333333" AS b ON s.profile_id = b.profile_id AND s.fingerprint = b.fingerprint UNION DISTINCT SELECT s.profile_id, s.fingerprint FROM "shop"."state"."audience_sync_111111111111_222222222222" AS s JOIN "shop"."state"."audience_sync_111111111111_222222222222_asked" AS a ON a.mark = md5(s.profile_id)) AS t;

SELECT CAST(count(*) AS BIGINT), CAST(coalesce(sum(copies), 0) AS BIGINT) FROM "shop"."state"."audience_sync_111111111111_222222222222";

SELECT s.profile_id FROM "shop"."state"."audience_sync_111111111111_333333333333" AS s ANTI JOIN "shop"."state"."audience_sync_111111111111_222222222222" AS b ON s.profile_id = b.profile_id;

SELECT q.*, md5(CAST(q."id" AS VARCHAR)) AS audience_sync_mark, md5(coalesce(CAST(length(CAST(q."id" AS VARCHAR)) AS VARCHAR) || ':' || CAST(q."id" AS VARCHAR), 'n') || coalesce(CAST(length(CAST(q."weird `""\'" AS VARCHAR)) AS VARCHAR) || ':' || CAST(q."weird `""\'" AS VARCHAR), 'n') || coalesce(CAST(length(CAST(q."score" AS VARCHAR)) AS VARCHAR) || ':' || CAST(q."score" AS VARCHAR), 'n') || coalesce(CAST(length(CAST(q."paid" AS VARCHAR)) AS VARCHAR) || ':' || CAST(q."paid" AS VARCHAR), 'n') || coalesce(CAST(length(CAST(q."vip" AS VARCHAR)) AS VARCHAR) || ':' || CAST(q."vip" AS VARCHAR), 'n') || coalesce(CAST(length(CAST(q."born" AS VARCHAR)) AS VARCHAR) || ':' || CAST(q."born" AS VARCHAR), 'n') || coalesce(CAST(length(CAST(q."opens" AS VARCHAR)) AS VARCHAR) || ':' || CAST(q."opens" AS VARCHAR), 'n') || coalesce(CAST(length(CAST(epoch_us(q."seen_at") AS VARCHAR)) AS VARCHAR) || ':' || CAST(epoch_us(q."seen_at") AS VARCHAR), 'n') || coalesce(CAST(length(CAST(q."local_at" AS VARCHAR)) AS VARCHAR) || ':' || CAST(q."local_at" AS VARCHAR), 'n') || coalesce(CAST(length(CAST(to_json(q."tags") AS VARCHAR)) AS VARCHAR) || ':' || CAST(to_json(q."tags") AS VARCHAR), 'n')) AS audience_sync_print FROM (
SELECT * FROM customers
) AS q LEFT JOIN "shop"."state"."audience_sync_111111111111_222222222222_wanted" AS w ON w.profile_id = CAST(q."id" AS VARCHAR) WHERE CAST(q."id" AS VARCHAR) IS NULL OR w.copies = 1;

SELECT md5(profile_id) AS mark, fingerprint AS print FROM "shop"."state"."audience_sync_111111111111_222222222222_wanted";

