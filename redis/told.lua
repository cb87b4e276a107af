-- NOTIFYs of some subscriptions are with their edge: what they tell counts as seen, unless a later one was taken since.
--
-- KEYS[1]  any key of the tenant's slot
-- ARGV[1]  prefix of subscriptions, {sN}:watch:<tenant>:  (the same slot as KEYS)
-- ARGV[2..] id, number of the NOTIFY; again and again

for i = 2, #ARGV, 2 do
  local key = ARGV[1] .. ARGV[i]
  local watch = redis.call('HMGET', key, 'cseq', 'sending')
  if watch[1] == ARGV[i + 1] and watch[2] then
    redis.call('HSET', key, 'seen', watch[2])
  end
end
return 'OK'
