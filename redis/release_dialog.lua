-- Lets a dialog go after its afterlife, unless somebody else owns it by now.
--
-- KEYS[1]  dialog  string  own:<Call-ID>   owner, <tenant>/<id>
-- ARGV[1]  owner that lets it go
-- ARGV[2]  afterlife in seconds
--
-- Returns 1 when it was this owner's, else 0.

if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('EXPIRE', KEYS[1], ARGV[2])
end
return 0
