-- Writes a call in one atomic step: compare-and-set on its epoch, its place, its due time, its entry in the list of
-- parked calls.
--
-- KEYS[1]  call        hash    {sN}:call:<tenant>:<id>      fields epoch, state, data
-- KEYS[2]  due         zset    {sN}:due                     member owner, score milliseconds since 1970
-- KEYS[3]  parked      zset    {sN}:parked:<tenant>         member owner, score milliseconds since 1970
-- KEYS[4]  place       string  {sN}:place:<tenant>:<place>  owner that holds it; only when ARGV[7] is not 'none'
-- KEYS[5]  place of the same kind that the call gives up besides; only when there is one
-- ARGV[1]  epoch that the writer has read; 0: the call must not exist yet
-- ARGV[2]  state
-- ARGV[3]  data, JSON
-- ARGV[4]  owner, <tenant>/<id>
-- ARGV[5]  next due time, or '' for none
-- ARGV[6]  parked since, or '' when it is not parked
-- ARGV[7]  'none', 'hold' (take the place, or keep it) or 'free'
-- ARGV[8]  owner that may hold the place now and gives it up ('' for none)
-- ARGV[9]  lifetime of call and place in milliseconds
-- ARGV[10] key of the event that this is the outcome of, {sN}:event:<tenant>:<id>:<event>, or '' (the same slot as KEYS)
-- ARGV[11] what that event got
-- ARGV[12] how long that is kept, in milliseconds
--
-- Returns {'OK', epoch}, {'CONFLICT', epoch now} or {'TAKEN', owner that holds the place}. Only OK has changed anything.

local epoch = tonumber(redis.call('HGET', KEYS[1], 'epoch') or 0)
if epoch ~= tonumber(ARGV[1]) then
  return {'CONFLICT', tostring(epoch)}
end

if ARGV[7] == 'hold' then
  local holder = redis.call('GET', KEYS[4])
  if holder and holder ~= ARGV[4] and holder ~= ARGV[8] then
    return {'TAKEN', holder}
  end
  redis.call('SET', KEYS[4], ARGV[4], 'PX', ARGV[9])
elseif ARGV[7] == 'free' then
  if redis.call('GET', KEYS[4]) == ARGV[4] then
    redis.call('DEL', KEYS[4])
  end
end
if KEYS[5] and redis.call('GET', KEYS[5]) == ARGV[4] then
  redis.call('DEL', KEYS[5])
end

redis.call('HSET', KEYS[1], 'epoch', epoch + 1, 'state', ARGV[2], 'data', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[9])
if ARGV[10] ~= '' then
  redis.call('SET', ARGV[10], ARGV[11], 'PX', ARGV[12])
end

if ARGV[5] == '' then
  redis.call('ZREM', KEYS[2], ARGV[4])
else
  redis.call('ZADD', KEYS[2], ARGV[5], ARGV[4])
end

if ARGV[6] == '' then
  redis.call('ZREM', KEYS[3], ARGV[4])
else
  redis.call('ZADD', KEYS[3], ARGV[6], ARGV[4])
end

return {'OK', tostring(epoch + 1)}
