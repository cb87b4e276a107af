-- Writes a tenant, and what the edge reads of it, in one step.
--
-- KEYS[1]  tenants              set: domains of all tenants
-- KEYS[2]  tenant:<domain>      hash: json
-- KEYS[3]  edge:tenant:<domain> hash: codes
-- ARGV[1]  domain
-- ARGV[2]  the tenant as JSON
-- ARGV[3]  POSIX extended regular expression of its feature codes
--
-- Returns 1 when the tenant is new, 0 when it was replaced.

local created = redis.call('SADD', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[2], 'json', ARGV[2])
redis.call('HSET', KEYS[3], 'codes', ARGV[3])
return created
