-- Reads the call at a place in one round trip.
--
-- KEYS[1]  place   string  {sN}:place:<tenant>:<place>
-- ARGV[1]  prefix of the tenant's calls, {sN}:call:<tenant>:  (the same slot as KEYS[1])
--
-- Returns {owner, epoch, data}; {} when the place is free; {owner} when its call has gone (the place is freed then).

local owner = redis.call('GET', KEYS[1])
if not owner then
  return {}
end
local call = ARGV[1] .. string.sub(owner, string.find(owner, '/', 1, true) + 1)
local found = redis.call('HMGET', call, 'epoch', 'data')
if not found[1] then
  redis.call('DEL', KEYS[1])
  return {owner}
end
return {owner, found[1], found[2]}
