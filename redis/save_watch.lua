-- Writes a subscription [RFC 6665] and enters it where it watches; a refresh is a write too, and is told everything anew.
--
-- KEYS[1]  watch    hash    {sN}:watch:<tenant>:<id>     fields data, remote, cseq, places, first, last, ends, control; seen, sending, sent
-- KEYS[2]  watches  zset    {sN}:watches:<tenant>        member id, score milliseconds since 1970 of its end
-- KEYS[3]  ends     zset    {sN}:watch-ends              member <tenant>|<id>, the same score
-- KEYS[4]  edges    hash    {sN}:watch-edges             control URL by when that edge was started
-- ARGV[1]  tenant
-- ARGV[2]  id
-- ARGV[3]  data, JSON
-- ARGV[4]  CSeq number of the SUBSCRIBE
-- ARGV[5]  seconds that it lasts
-- ARGV[6]  subscriptions that the tenant may have
-- ARGV[7]  prefix of those who watch a place, {sN}:watchers:<tenant>:  (the same slot as KEYS)
-- ARGV[8]  places with blanks between; 'orbits' when it watches a range of them
-- ARGV[9]  first orbit of the range, 0 for none
-- ARGV[10] last orbit of the range
-- ARGV[11] control URL of its edge
-- ARGV[12] when that edge was started, as it says; '' when it does not
--
-- Returns 'OK', 'OLD' (a later SUBSCRIBE was there already) or 'QUOTA'. Only OK has changed anything.

local AFTERLIFE_MILLIS = 64000

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local before = redis.call('HMGET', KEYS[1], 'remote', 'places')
if before[1] then
  if tonumber(ARGV[4]) < tonumber(before[1]) then
    return 'OLD'
  end
  for place in string.gmatch(before[2], '%S+') do
    redis.call('ZREM', ARGV[7] .. place, ARGV[2])
  end
else
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
  if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[6]) then
    return 'QUOTA'
  end
end

local ends = now + ARGV[5] * 1000
local lasts = ARGV[5] * 1000 + AFTERLIFE_MILLIS
redis.call('HSET', KEYS[1], 'data', ARGV[3], 'remote', ARGV[4], 'places', ARGV[8], 'first', ARGV[9], 'last', ARGV[10],
  'ends', ends, 'control', ARGV[11], 'sent', 0)
redis.call('HDEL', KEYS[1], 'seen')
redis.call('PEXPIRE', KEYS[1], lasts)

local function enter(key, member)
  redis.call('ZADD', key, ends, member)
  if redis.call('PTTL', key) < lasts then
    redis.call('PEXPIRE', key, lasts)
  end
end

enter(KEYS[2], ARGV[2])
enter(KEYS[3], ARGV[1] .. '|' .. ARGV[2])
for place in string.gmatch(ARGV[8], '%S+') do
  local key = ARGV[7] .. place
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  enter(key, ARGV[2])
end
if ARGV[12] ~= '' then
  redis.call('HSETNX', KEYS[4], ARGV[11], ARGV[12])
  redis.call('PEXPIRE', KEYS[4], 86400000)
end
return 'OK'
