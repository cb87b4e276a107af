-- A NOTIFY did not arrive, or an edge has forgotten what it was to send: what it told does not count as seen.
--
-- KEYS[1]  watch  hash  {sN}:watch:<tenant>:<id>
-- ARGV[1]  number of the NOTIFY, '' for whichever; a later one tells more
-- ARGV[2]  control URL of the edge, '' for whichever
--
-- Returns how often in a row it was so; 0: it does not matter, or the subscription is gone.

local watch = redis.call('HMGET', KEYS[1], 'cseq', 'control', 'failed', 'refused')
if not watch[1] or (ARGV[1] ~= '' and watch[1] ~= ARGV[1]) or (ARGV[2] ~= '' and watch[2] ~= ARGV[2]) then
  return 0
end
-- Also when the edge has yet to say that it has sent it: a refusal may be the faster.
redis.call('HDEL', KEYS[1], 'seen', 'sending')
if ARGV[1] == '' then
  return 1
end
-- Numbers that follow one another: none has arrived in between.
local failures = 1
if watch[3] and tonumber(watch[3]) + 1 == tonumber(ARGV[1]) then
  failures = tonumber(watch[4]) + 1
end
redis.call('HSET', KEYS[1], 'failed', ARGV[1], 'refused', failures)
return failures
