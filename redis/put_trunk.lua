-- Writes a trunk, and what the edge reads of it, in one step.
--
-- KEYS[1]  trunks                 set: addresses of all trunks
-- KEYS[2]  trunk:<address>        hash: json, tenant, edgeKey
-- KEYS[3]  edge:trunk:<address>   hash: name, tenant (IPv6 without brackets)
-- KEYS[4]  tenant:<domain>        hash: exists when the tenant does; absent for a trunk of every tenant
-- ARGV[1]  address
-- ARGV[2]  the trunk as JSON
-- ARGV[3]  name
-- ARGV[4]  domain that it may call into, or *
--
-- Returns 1 when the trunk is new, 0 when it was replaced, -1 when there is no such tenant (nothing was written).

if KEYS[4] and redis.call('EXISTS', KEYS[4]) == 0 then
  return -1
end
redis.call('HSET', KEYS[2], 'json', ARGV[2], 'tenant', ARGV[4], 'edgeKey', KEYS[3])
redis.call('HSET', KEYS[3], 'name', ARGV[3], 'tenant', ARGV[4])
return redis.call('SADD', KEYS[1], ARGV[1])
