SHOW TABLES IN SCHEMA "shop"."state";

CREATE TABLE "shop"."state"."audience_sync_111111111111_222222222222" (profile_id VARCHAR, fingerprint VARCHAR, copies BIGINT);

CREATE TABLE "shop"."state"."audience_sync_111111111111_222222222222_wanted" (profile_id VARCHAR, fingerprint VARCHAR, copies BIGINT);

CREATE TABLE "shop"."state"."audience_sync_111111111111_222222222222_asked" (mark VARCHAR);

INSERT INTO "shop"."state"."audience_sync_111111111111_222222222222_asked" VALUES ('00ff'), ('ff00');

INSERT INTO "shop"."state"."audience_sync_111111111111_222222222222" SELECT k, CASE WHEN COUNT(*) = 1 THEN MIN(p) ELSE MD5(LISTAGG(p, '') WITHIN GROUP (ORDER BY p)) END, count(*) FROM (SELECT TO_VARCHAR(q."id") AS k, MD5(coalesce(TO_VARCHAR(LENGTH(TO_VARCHAR(q."id"))) || ':' || TO_VARCHAR(q."id"), 'n') || coalesce(TO_VARCHAR(LENGTH(TO_VARCHAR(q."weird `""\'"))) || ':' || TO_VARCHAR(q."weird `""\'"), 'n') || coalesce(TO_VARCHAR(LENGTH(TO_VARCHAR(q."score", 'TME'))) || ':' || TO_VARCHAR(q."score", 'TME'), 'n') || coalesce(TO_VARCHAR(LENGTH(TO_VARCHAR(q."paid"))) || ':' || TO_VARCHAR(q."paid"), 'n') || coalesce(TO_VARCHAR(LENGTH(TO_VARCHAR(q."vip"))) || ':' || TO_VARCHAR(q."vip"), 'n') || coalesce(TO_VARCHAR(LENGTH(TO_VARCHAR(q."born", 'YYYY-MM-DD'))) || ':' || TO_VARCHAR(q."born", 'YYYY-MM-DD'), 'n') || coalesce(TO_VARCHAR(LENGTH(TO_VARCHAR(q."opens", 'HH24:MI:SS.FF9'))) || ':' || TO_VARCHAR(q."opens", 'HH24:MI:SS.FF9'), 'n') || coalesce(TO_VARCHAR(LENGTH(TO_VARCHAR(q."seen_at", 'YYYY-MM-DD"T"HH24:MI:SS.FF9TZHTZM'))) || ':' || TO_VARCHAR(q."seen_at", 'YYYY-MM-DD"T"HH24:MI:SS.FF9TZHTZM'), 'n') || coalesce(TO_VARCHAR(LENGTH(TO_VARCHAR(q."local_at", 'YYYY-MM-DD"T"HH24:MI:SS.FF9'))) || ':' || TO_VARCHAR(q."local_at", 'YYYY-MM-DD"T"HH24:MI:SS.FF9'), 'n') || coalesce(TO_VARCHAR(LENGTH(TO_JSON(TO_VARIANT(q."tags")))) || ':' || TO_JSON(TO_VARIANT(q."tags")), 'n')) AS p FROM (
SELECT * FROM customers
) AS q) AS t WHERE k IS NOT NULL GROUP BY k;

INSERT INTO "shop"."state"."audience_sync_111111111111_222222222222_wanted" SELECT profile_id, fingerprint, 1 FROM (SELECT s.profile_id, s.fingerprint FROM "shop"."state"."audience_sync_111111111111_222222222222" AS s LEFT JOIN "shop"."state"."audience_sync_111111111111_333333333333" AS b ON s.profile_id = b.profile_id AND s.fingerprint = b.fingerprint WHERE b.profile_id IS NULL UNION DISTINCT SELECT s.profile_id, s.fingerprint FROM "shop"."state"."audience_sync_111111111111_222222222222" AS s JOIN "shop"."state"."audience_sync_111111111111_222222222222_asked" AS a ON a.mark = MD5(s.profile_id)) AS t;

SELECT CAST(count(*) AS BIGINT), CAST(coalesce(sum(copies), 0) AS BIGINT) FROM "shop"."state"."audience_sync_111111111111_222222222222";

SELECT s.profile_id FROM "shop"."state"."audience_sync_111111111111_333333333333" AS s LEFT JOIN "shop"."state"."audience_sync_111111111111_222222222222" AS b ON s.profile_id = b.profile_id WHERE b.profile_id IS NULL;

SELECT q.*, MD5(TO_VARCHAR(q."id")) AS audience_sync_mark, MD5(coalesce(TO_VARCHAR(LENGTH(TO_VARCHAR(q."id"))) || ':' || TO_VARCHAR(q."id"), 'n') || coalesce(TO_VARCHAR(LENGTH(TO_VARCHAR(q."weird `""\'"))) || ':' || TO_VARCHAR(q."weird `""\'"), 'n') || coalesce(TO_VARCHAR(LENGTH(TO_VARCHAR(q."score", 'TME'))) || ':' || TO_VARCHAR(q."score", 'TME'), 'n') || coalesce(TO_VARCHAR(LENGTH(TO_VARCHAR(q."paid"))) || ':' || TO_VARCHAR(q."paid"), 'n') || coalesce(TO_VARCHAR(LENGTH(TO_VARCHAR(q."vip"))) || ':' || TO_VARCHAR(q."vip"), 'n') || coalesce(TO_VARCHAR(LENGTH(TO_VARCHAR(q."born", 'YYYY-MM-DD'))) || ':' || TO_VARCHAR(q."born", 'YYYY-MM-DD'), 'n') || coalesce(TO_VARCHAR(LENGTH(TO_VARCHAR(q."opens", 'HH24:MI:SS.FF9'))) || ':' || TO_VARCHAR(q."opens", 'HH24:MI:SS.FF9'), 'n') || coalesce(TO_VARCHAR(LENGTH(TO_VARCHAR(q."seen_at", 'YYYY-MM-DD"T"HH24:MI:SS.FF9TZHTZM'))) || ':' || TO_VARCHAR(q."seen_at", 'YYYY-MM-DD"T"HH24:MI:SS.FF9TZHTZM'), 'n') || coalesce(TO_VARCHAR(LENGTH(TO_VARCHAR(q."local_at", 'YYYY-MM-DD"T"HH24:MI:SS.FF9'))) || ':' || TO_VARCHAR(q."local_at", 'YYYY-MM-DD"T"HH24:MI:SS.FF9'), 'n') || coalesce(TO_VARCHAR(LENGTH(TO_JSON(TO_VARIANT(q."tags")))) || ':' || TO_JSON(TO_VARIANT(q."tags")), 'n')) AS audience_sync_print FROM (
SELECT * FROM customers
) AS q LEFT JOIN "shop"."state"."audience_sync_111111111111_222222222222_wanted" AS w ON w.profile_id = TO_VARCHAR(q."id") WHERE TO_VARCHAR(q."id") IS NULL OR w.copies = 1;

SELECT MD5(profile_id) AS mark, fingerprint AS print FROM "shop"."state"."audience_sync_111111111111_222222222222_wanted";

