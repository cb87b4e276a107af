-- Ends a call in one atomic step: what it held is free, and what its last event got is kept for the event's repetition.
--
-- KEYS[1]  call    hash    {sN}:call:<tenant>:<id>
-- KEYS[2]  due     zset    {sN}:due
-- KEYS[3]  parked  zset    {sN}:parked:<tenant>
-- KEYS[4]  ended   hash    {sN}:ended:<tenant>:<id>         fields epoch, state, data
-- KEYS[5]  held    zset    {sN}:held:<tenant>
-- KEYS[6]  orbits  string  {sN}:orbits:<tenant>
-- KEYS[7]  events    stream  {sN}:events:<tenant>           fields place, event
-- KEYS[8]  timeline  list    {sN}:timeline:<tenant>:<id>    ids of the call's events in the stream
-- ARGV[1]  epoch that the writer has read
-- ARGV[2]  state
-- ARGV[3]  data, JSON
-- ARGV[4]  owner, <tenant>/<id>
-- ARGV[5]  afterlife in milliseconds
-- ARGV[6]  key of the event that ended it, {sN}:event:<tenant>:<id>:<event>, or '' (the same slot as KEYS)
-- ARGV[7]  what that event got
-- ARGV[8]  prefix of the tenant's places, {sN}:place:<tenant>:  (the same slot as KEYS)
-- ARGV[9]  place that the call may hold, '' for none
-- ARGV[10] what happened to the call, JSON, or '' for nothing that anybody wants to know
-- ARGV[11] events of a tenant that are kept, about
-- ARGV[12] how long after the last one, in milliseconds
-- ARGV[13] how long the time line is kept, in milliseconds
--
-- When it waited at a place that somebody watches, that is marked as save_call.lua does.
--
-- Returns {'OK', epoch, '', marked place} or {'CONFLICT', epoch now}. Only OK has changed anything.

local before = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'place')
local epoch = tonumber(before[1] or 0)
if epoch ~= tonumber(ARGV[1]) then
  return {'CONFLICT', tostring(epoch)}
end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[4])
redis.call('ZREM', KEYS[3], ARGV[4])
local joined = string.gsub(KEYS[3], ':parked:', ':joined:', 1)
redis.call('ZREM', joined, ARGV[4])
if ARGV[9] ~= '' then
  local key = ARGV[8] .. ARGV[9]
  local orbit = string.match(ARGV[9], '^orbit:(%d+)$')
  redis.call('ZREM', KEYS[5], ARGV[4])
  -- Who looks for this call shall not hear of the one that was there before.
  local taken = string.gsub(ARGV[8], ':place:', ':taken:', 1)
  redis.call('DEL', taken .. ARGV[9])
  if redis.call('ZREM', key, ARGV[4]) == 1 and orbit and redis.call('EXISTS', key) == 0 then
    redis.call('SETBIT', KEYS[6], orbit, 0)
  end
end
redis.call('HSET', KEYS[4], 'epoch', epoch + 1, 'state', ARGV[2], 'data', ARGV[3])
redis.call('PEXPIRE', KEYS[4], ARGV[5])
if ARGV[6] ~= '' then
  redis.call('SET', ARGV[6], ARGV[7], 'PX', ARGV[5])
end
if ARGV[10] ~= '' then
  local id = redis.call('XADD', KEYS[7], 'MAXLEN', '~', ARGV[11], '*', 'place', ARGV[9], 'event', ARGV[10])
  redis.call('PEXPIRE', KEYS[7], ARGV[12])
  redis.call('RPUSH', KEYS[8], id)
  redis.call('PEXPIRE', KEYS[8], ARGV[13])
end

local marked = ''
if before[2] == 'PARKED' or before[2] == 'RECALLING' or before[2] == 'CONNECTING' then
  local watchers = string.gsub(KEYS[3], ':parked:', ':watchers:', 1) .. ':'
  local at = before[3]
  if at ~= '' and (redis.call('EXISTS', watchers .. at) == 1
      or (string.match(at, '^orbit:') and redis.call('EXISTS', watchers .. 'orbits') == 1)) then
    local time = redis.call('TIME')
    local tenant = string.sub(ARGV[4], 1, string.find(ARGV[4], '/', 1, true) - 1)
    redis.call('ZADD', string.gsub(KEYS[2], ':due$', ':lamps'), string.format('%d%06d', time[1], time[2]), tenant .. '|' .. at)
    marked = at
  end
end

return {'OK', tostring(epoch + 1), '', marked}
