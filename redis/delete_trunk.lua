-- Deletes a trunk.
--
-- KEYS[1]  trunks                set: addresses of all trunks
-- KEYS[2]  trunk:<address>       hash
-- KEYS[3]  edge:trunk:<address>  hash
-- ARGV[1]  address
--
-- Returns 1 when there was such a trunk, else 0.

redis.call('DEL', KEYS[2], KEYS[3])
return redis.call('SREM', KEYS[1], ARGV[1])
