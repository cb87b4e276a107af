-- Enters an INVITE of a recall that an edge has, if its call still waits for it: a write that ended it may have been faster.
--
-- KEYS[1]  ringing  hash  {sN}:ringing
-- KEYS[2]  call     hash  {sN}:call:<tenant>:<id>   data: JSON in which the id of the leg stands as long as it rings
-- ARGV[1]  field, <owner>|<leg>
-- ARGV[2]  value
-- ARGV[3]  id of the leg
-- ARGV[4]  lifetime of the hash, seconds
--
-- Returns 1 when it was entered, else 0.

local data = redis.call('HGET', KEYS[2], 'data')
if not data or not string.find(data, ARGV[3], 1, true) then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
