-- Takes a request out of a tenant's token bucket, which fills at a steady rate up to what one second gives.
--
-- KEYS[1]  rate:<domain>  hash: left (requests, a fraction too), atMicros (when that was)
-- ARGV[1]  requests a second
-- ARGV[2]  0 to ask for a request; else how many to take for one that has passed and was worth more than one. What is not left then
--          is owed, up to what one second gives.
--
-- Time is the server's, so that all nodes share one clock.
--
-- Returns 0 when the request may pass, else the milliseconds until one may.

local rate = tonumber(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local bucket = redis.call('HMGET', KEYS[1], 'left', 'atMicros')
local left = tonumber(bucket[1] or rate)
local passed = math.max(0, now - tonumber(bucket[2] or now))
left = math.min(rate, left + passed * rate / 1000000)
local worth = tonumber(ARGV[2])
local wait = 0
if worth > 0 then
  left = math.max(-rate, left - worth)
elseif left >= 1 then
  left = left - 1
else
  wait = math.ceil((1 - left) * 1000 / rate)
end
redis.call('HSET', KEYS[1], 'left', string.format('%.6f', left), 'atMicros', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], 3000)
return wait
