-- Reads, in one round trip, what a user may park and for whom.
--
-- KEYS[1]  {cfg}:tenant:<domain>:extensions             hash: extensions by number
-- KEYS[2]  {cfg}:tenant:<domain>:grants                 hash: grants by extension, JSON with value.parkPolicy
-- KEYS[3]  {cfg}:tenant:<domain>:park-policies          hash: park policies by id, JSON
-- KEYS[4]  {cfg}:tenant:<domain>:park-groups:by-member  hash: id of the park group by extension
-- KEYS[5]  {cfg}:tenant:<domain>:park-groups            hash: park groups by id, JSON
-- KEYS[6]  {cfg}:tenant:<domain>:sounds                 hash: sounds by id, JSON
-- ARGV[1]  extension of the user
-- ARGV[2]  extension that is asked about, '' for none
-- ARGV[3]  id of the tenant's default policy, '' for none
-- ARGV[4]  '1' when the park group is wanted as a whole, else '0'
-- ARGV[5]  id of the sound that is the tenant's music, '' for none
--
-- Returns {1 when that extension exists, else 0; id of the policy that holds for the user, '' for none; the policy; id of the user's
-- park group, '' for none; the park group; id of the sound that the user's parked parties hear, '' for none; the sound}. JSON is ''
-- when it is not there, or not wanted.

local policy = ARGV[3]
local grant = redis.call('HGET', KEYS[2], ARGV[1])
if grant then
  policy = cjson.decode(grant).value.parkPolicy
end
-- A policy is taken apart only when it has music of its own.
local json = policy ~= '' and redis.call('HGET', KEYS[3], policy) or ''
local music = ARGV[5]
if string.find(json, '"music"', 1, true) then
  music = cjson.decode(json).value.music or music
end
local group = redis.call('HGET', KEYS[4], ARGV[1]) or ''
return {
  ARGV[2] ~= '' and redis.call('HEXISTS', KEYS[1], ARGV[2]) or 0,
  policy,
  json,
  group,
  group ~= '' and ARGV[4] == '1' and redis.call('HGET', KEYS[5], group) or '',
  music,
  music ~= '' and redis.call('HGET', KEYS[6], music) or '',
}
