-- Ends a subscription.
--
-- KEYS[1]  watch    hash    {sN}:watch:<tenant>:<id>
-- KEYS[2]  watches  zset    {sN}:watches:<tenant>        member id
-- KEYS[3]  ends     zset    {sN}:watch-ends              member <tenant>|<id>
-- ARGV[1]  tenant
-- ARGV[2]  id
-- ARGV[3]  prefix of those who watch a place, {sN}:watchers:<tenant>:  (the same slot as KEYS)
-- ARGV[4]  '1': only when its time is over
--
-- Returns {data, number of its last NOTIFY}; {} when it is gone already, or was refreshed.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local watch = redis.call('HMGET', KEYS[1], 'data', 'places', 'ends')
if watch[1] and ARGV[4] == '1' and tonumber(watch[3]) > now then
  return {}
end
local number = watch[1] and redis.call('HINCRBY', KEYS[1], 'cseq', 1)
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[2])
redis.call('ZREM', KEYS[3], ARGV[1] .. '|' .. ARGV[2])
if not watch[1] then
  return {}
end
for place in string.gmatch(watch[2], '%S+') do
  redis.call('ZREM', ARGV[3] .. place, ARGV[2])
end
return { watch[1], number }
