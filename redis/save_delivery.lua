-- Writes how far a webhook is, and what it has given up, in one atomic step: compare-and-set on its revision.
--
-- KEYS[1]  webhook      hash    {sN}:webhook:<tenant>:<birth>      fields rev, data
-- KEYS[2]  dead letters hash    {sN}:dead-letters:<tenant>:<birth> JSON by id of the event
--
-- ARGV[1]  revision that the writer has read; '' when there was none
-- ARGV[2]  revision that it gets
-- ARGV[3]  data, JSON
-- ARGV[4]  lifetime of both keys in milliseconds
-- ARGV[5]  dead letters that are kept; the oldest events are forgotten first
-- ARGV[6], ARGV[7] and so on in pairs: id of an event, and its dead letter, JSON
--
-- Returns 1; or 0, and has changed nothing, when another one has written.

if (redis.call('HGET', KEYS[1], 'rev') or '') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'rev', ARGV[2], 'data', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
if #ARGV < 6 then
  return 1
end

for i = 6, #ARGV, 2 do
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
end
redis.call('PEXPIRE', KEYS[2], ARGV[4])

local function is_older(one, other)
  local ms1, n1 = string.match(one, '^(%d+)-(%d+)$')
  local ms2, n2 = string.match(other, '^(%d+)-(%d+)$')
  return tonumber(ms1) < tonumber(ms2) or (ms1 == ms2 and tonumber(n1) < tonumber(n2))
end

local over = redis.call('HLEN', KEYS[2]) - tonumber(ARGV[5])
if over > 0 then
  local ids = redis.call('HKEYS', KEYS[2])
  table.sort(ids, is_older)
  for i = 1, over do
    redis.call('HDEL', KEYS[2], ids[i])
  end
end
return 1
