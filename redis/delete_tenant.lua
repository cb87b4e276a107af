-- Deletes a tenant with its extensions and the trunks that may call into it alone.
--
-- KEYS[1]  tenants              set: domains of all tenants
-- KEYS[2]  tenant:<domain>      hash
-- KEYS[3]  edge:tenant:<domain> hash
-- KEYS[4]  tenant:<domain>:exts set: its extensions
-- KEYS[5]  trunks               set: addresses of all trunks
-- ARGV[1]  domain
--
-- Also touches tenant:<domain>:ext:<extension>, edge:sub:<domain>:<extension>, trunk:<address> and edge:trunk:<address>
-- of what it finds in the sets.
--
-- Returns 1 when there was such a tenant, else 0.

local existed = redis.call('SREM', KEYS[1], ARGV[1])
for _, extension in ipairs(redis.call('SMEMBERS', KEYS[4])) do
  redis.call('DEL', KEYS[2] .. ':ext:' .. extension, 'edge:sub:' .. ARGV[1] .. ':' .. extension)
end
for _, address in ipairs(redis.call('SMEMBERS', KEYS[5])) do
  local trunk = redis.call('HMGET', 'trunk:' .. address, 'tenant', 'edgeKey')
  if trunk[1] == ARGV[1] then
    redis.call('DEL', 'trunk:' .. address, trunk[2])
    redis.call('SREM', KEYS[5], address)
  end
end
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
return existed
