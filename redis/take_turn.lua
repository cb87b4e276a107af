-- Whose turn it is in a ring group; a park takes one turn, however often it asks.
--
-- KEYS[1]  {cfg}:tenant:<domain>:ring-groups:turns  hash
-- KEYS[2]  {cfg}:tenant:<domain>:ring-groups:turn:<park>  string
-- ARGV[1]  id of the ring group
--
-- Returns the number of the turn, from 0.

local taken = redis.call('GET', KEYS[2])
if taken then
  return tonumber(taken)
end
local turn = redis.call('HINCRBY', KEYS[1], ARGV[1], 1) - 1
redis.call('SET', KEYS[2], turn, 'EX', 3600)
return turn
