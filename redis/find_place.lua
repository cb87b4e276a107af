-- Reads, in one round trip, the call that is next at one of some places.
--
-- KEYS[1]  held    zset    {sN}:held:<tenant>
-- KEYS[2]  orbits  string  {sN}:orbits:<tenant>
-- ARGV[1]  prefix of the tenant's calls, {sN}:call:<tenant>:  (the same slot as KEYS)
-- ARGV[2]  prefix of the tenant's places, {sN}:place:<tenant>:  (likewise)
-- ARGV[3..] places, the first one to be looked at first
--
-- Returns {epoch, data, place} of the first call that waits, in the order of the places and, at one place, of their coming; when none
-- waits, of the first that is there at all; {} when all places are free. A place whose call has gone is freed.

local there = {}
for i = 3, #ARGV do
  local key = ARGV[2] .. ARGV[i]
  for _, owner in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    local call = ARGV[1] .. string.sub(owner, string.find(owner, '/', 1, true) + 1)
    local found = redis.call('HMGET', call, 'epoch', 'data', 'state')
    if not found[1] then
      local orbit = string.match(ARGV[i], '^orbit:(%d+)$')
      redis.call('ZREM', KEYS[1], owner)
      if redis.call('ZREM', key, owner) == 1 and orbit and redis.call('EXISTS', key) == 0 then
        redis.call('SETBIT', KEYS[2], orbit, 0)
      end
    elseif found[3] == 'PARKED' or found[3] == 'RECALLING' then
      return {found[1], found[2], ARGV[i]}
    elseif not there[1] then
      there = {found[1], found[2], ARGV[i]}
    end
  end
end
return there
