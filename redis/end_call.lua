-- Removes a call that is over, with all that hangs on it, in one atomic step.
--
-- KEYS[1..4]  as in save_call.lua; KEYS[4] only when the call may hold a place
-- ARGV[1]     epoch that the writer has read
-- ARGV[2]     owner, <tenant>/<id>
--
-- Returns {'OK', '0'} or {'CONFLICT', epoch now}. A call that does not exist any more is OK: it has ended already.

local epoch = redis.call('HGET', KEYS[1], 'epoch')
if epoch and epoch ~= ARGV[1] then
  return {'CONFLICT', epoch}
end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[2])
redis.call('ZREM', KEYS[3], ARGV[2])
if KEYS[4] and redis.call('GET', KEYS[4]) == ARGV[2] then
  redis.call('DEL', KEYS[4])
end
return {'OK', '0'}
