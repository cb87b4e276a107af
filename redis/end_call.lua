-- Ends a call in one atomic step: what it held is free, and what its last event got is kept for the event's repetition.
--
-- KEYS[1]  call    hash    {sN}:call:<tenant>:<id>
-- KEYS[2]  due     zset    {sN}:due
-- KEYS[3]  parked  zset    {sN}:parked:<tenant>
-- KEYS[4]  ended   hash    {sN}:ended:<tenant>:<id>         fields epoch, state, data
-- KEYS[5]  place   string  {sN}:place:<tenant>:<place>      only when the call may hold one
-- ARGV[1]  epoch that the writer has read
-- ARGV[2]  state
-- ARGV[3]  data, JSON
-- ARGV[4]  owner, <tenant>/<id>
-- ARGV[5]  afterlife in milliseconds
-- ARGV[6]  key of the event that ended it, {sN}:event:<tenant>:<id>:<event>, or '' (the same slot as KEYS)
-- ARGV[7]  what that event got
--
-- Returns {'OK', epoch} or {'CONFLICT', epoch now}. Only OK has changed anything.

local epoch = tonumber(redis.call('HGET', KEYS[1], 'epoch') or 0)
if epoch ~= tonumber(ARGV[1]) then
  return {'CONFLICT', tostring(epoch)}
end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[4])
redis.call('ZREM', KEYS[3], ARGV[4])
if KEYS[5] and redis.call('GET', KEYS[5]) == ARGV[4] then
  redis.call('DEL', KEYS[5])
end
redis.call('HSET', KEYS[4], 'epoch', epoch + 1, 'state', ARGV[2], 'data', ARGV[3])
redis.call('PEXPIRE', KEYS[4], ARGV[5])
if ARGV[6] ~= '' then
  redis.call('SET', ARGV[6], ARGV[7], 'PX', ARGV[5])
end
return {'OK', tostring(epoch + 1)}
