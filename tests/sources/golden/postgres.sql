SELECT tablename::text FROM pg_catalog.pg_tables WHERE schemaname = 'state';

CREATE TEMPORARY TABLE pg_temp."audience_sync_111111111111_222222222222" (profile_id text COLLATE "C", fingerprint text COLLATE "C", copies bigint);

CREATE TEMPORARY TABLE pg_temp."audience_sync_111111111111_222222222222_wanted" (profile_id text COLLATE "C", fingerprint text COLLATE "C", copies bigint);

CREATE TEMPORARY TABLE pg_temp."audience_sync_111111111111_222222222222_asked" (mark text COLLATE "C");

INSERT INTO pg_temp."audience_sync_111111111111_222222222222_asked" VALUES ('00ff'), ('ff00');

INSERT INTO pg_temp."audience_sync_111111111111_222222222222" SELECT k, CASE WHEN count(*) = 1 THEN min(p) ELSE md5(string_agg(p, '' ORDER BY p)) END, count(*) FROM (SELECT (q."id")::text COLLATE "C" AS k, md5(coalesce(length((q."id")::text COLLATE "C")::text || ':' || (q."id")::text COLLATE "C", 'n') || coalesce(length((q."weird `""\'")::text COLLATE "C")::text || ':' || (q."weird `""\'")::text COLLATE "C", 'n') || coalesce(length((q."score")::text COLLATE "C")::text || ':' || (q."score")::text COLLATE "C", 'n') || coalesce(length((q."paid")::text COLLATE "C")::text || ':' || (q."paid")::text COLLATE "C", 'n') || coalesce(length((q."vip")::text COLLATE "C")::text || ':' || (q."vip")::text COLLATE "C", 'n') || coalesce(length((q."born")::text COLLATE "C")::text || ':' || (q."born")::text COLLATE "C", 'n') || coalesce(length((q."opens")::text COLLATE "C")::text || ':' || (q."opens")::text COLLATE "C", 'n') || coalesce(length((q."seen_at")::text COLLATE "C")::text || ':' || (q."seen_at")::text COLLATE "C", 'n') || coalesce(length((q."local_at")::text COLLATE "C")::text || ':' || (q."local_at")::text COLLATE "C", 'n') || coalesce(length((q."tags")::text COLLATE "C")::text || ':' || (q."tags")::text COLLATE "C", 'n')) AS p FROM (
SELECT * FROM customers
) AS q) AS t WHERE k IS NOT NULL GROUP BY k;

INSERT INTO pg_temp."audience_sync_111111111111_222222222222_wanted" SELECT profile_id, fingerprint, 1 FROM (SELECT s.profile_id, s.fingerprint FROM pg_temp."audience_sync_111111111111_222222222222" AS s LEFT JOIN "shop"."state"."audience_sync_111111111111_333333333333" AS b ON s.profile_id = b.profile_id AND s.fingerprint = b.fingerprint WHERE b.profile_id IS NULL UNION DISTINCT SELECT s.profile_id, s.fingerprint FROM pg_temp."audience_sync_111111111111_222222222222" AS s JOIN pg_temp."audience_sync_111111111111_222222222222_asked" AS a ON a.mark = md5(s.profile_id)) AS t;

SELECT CAST(count(*) AS bigint), CAST(coalesce(sum(copies), 0) AS bigint) FROM pg_temp."audience_sync_111111111111_222222222222";

SELECT s.profile_id FROM "shop"."state"."audience_sync_111111111111_333333333333" AS s LEFT JOIN pg_temp."audience_sync_111111111111_222222222222" AS b ON s.profile_id = b.profile_id WHERE b.profile_id IS NULL;

SELECT q.*, md5((q."id")::text COLLATE "C") AS audience_sync_mark, md5(coalesce(length((q."id")::text COLLATE "C")::text || ':' || (q."id")::text COLLATE "C", 'n') || coalesce(length((q."weird `""\'")::text COLLATE "C")::text || ':' || (q."weird `""\'")::text COLLATE "C", 'n') || coalesce(length((q."score")::text COLLATE "C")::text || ':' || (q."score")::text COLLATE "C", 'n') || coalesce(length((q."paid")::text COLLATE "C")::text || ':' || (q."paid")::text COLLATE "C", 'n') || coalesce(length((q."vip")::text COLLATE "C")::text || ':' || (q."vip")::text COLLATE "C", 'n') || coalesce(length((q."born")::text COLLATE "C")::text || ':' || (q."born")::text COLLATE "C", 'n') || coalesce(length((q."opens")::text COLLATE "C")::text || ':' || (q."opens")::text COLLATE "C", 'n') || coalesce(length((q."seen_at")::text COLLATE "C")::text || ':' || (q."seen_at")::text COLLATE "C", 'n') || coalesce(length((q."local_at")::text COLLATE "C")::text || ':' || (q."local_at")::text COLLATE "C", 'n') || coalesce(length((q."tags")::text COLLATE "C")::text || ':' || (q."tags")::text COLLATE "C", 'n')) AS audience_sync_print FROM (
SELECT * FROM customers
) AS q LEFT JOIN pg_temp."audience_sync_111111111111_222222222222_wanted" AS w ON w.profile_id = (q."id")::text COLLATE "C" WHERE (q."id")::text COLLATE "C" IS NULL OR w.copies = 1;

SELECT md5(profile_id) AS mark, fingerprint AS print FROM pg_temp."audience_sync_111111111111_222222222222_wanted";

CREATE TABLE "shop"."state"."audience_sync_111111111111_222222222222" (profile_id text COLLATE "C", fingerprint text COLLATE "C", copies bigint);

INSERT INTO "shop"."state"."audience_sync_111111111111_222222222222" SELECT profile_id, fingerprint, copies FROM pg_temp."audience_sync_111111111111_222222222222";

