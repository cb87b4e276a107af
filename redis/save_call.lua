-- Writes a call in one atomic step: compare-and-set on its epoch, its place, its due time, its entry in the list of
-- parked calls.
--
-- KEYS[1]  call         hash    {sN}:call:<tenant>:<id>      fields epoch, state, data, place
-- KEYS[2]  due          zset    {sN}:due                     member owner, score milliseconds since 1970
-- KEYS[3]  parked       zset    {sN}:parked:<tenant>         member owner, score milliseconds since 1970
-- KEYS[4]  events       stream  {sN}:events:<tenant>           fields place, event
-- KEYS[5]  timeline     list    {sN}:timeline:<tenant>:<id>    ids of the call's events in the stream
-- Only when the call takes, keeps or gives up a place:
-- KEYS[6]  held         zset    {sN}:held:<tenant>           member owner, score milliseconds since 1970 of its end
-- KEYS[7]  orbits       string  {sN}:orbits:<tenant>         bitmap of the orbits that are taken
-- KEYS[8]  orbits-last  hash    {sN}:orbits-last:<tenant>    <first>-<last>: orbit given last; swept:<range>: seconds since 1970
--
-- ARGV[1]  epoch that the writer has read; 0: the call must not exist yet
-- ARGV[2]  state
-- ARGV[3]  data, JSON
-- ARGV[4]  owner, <tenant>/<id>
-- ARGV[5]  next due time, or '' for none
-- ARGV[6]  parked since, or '' when it is not parked
-- ARGV[7]  lifetime of call and place in milliseconds
-- ARGV[8]  place of the call when it takes none now ('' for none)
-- ARGV[9]  key of the event that this is the outcome of, {sN}:event:<tenant>:<id>:<event>, or '' (the same slot as KEYS)
-- ARGV[10] what that event got
-- ARGV[11] how long that is kept, in milliseconds
-- ARGV[12] what happened to the call, JSON, or '' for nothing that anybody wants to know
-- ARGV[13] events of a tenant that are kept, about
-- ARGV[14] how long after the last one, in milliseconds
-- With KEYS[6..8]:
-- ARGV[15] prefix of the tenant's places, {sN}:place:<tenant>:  (the same slot as KEYS)
-- ARGV[16] place that it gives up ('' for none), if it gets the one that it wants
-- ARGV[17] what it wants: '' nothing; 'next': the next free orbit; else a place, or some with blanks between: the first with room
-- ARGV[18] owner that may hold the place now and gives it up ('' for none)
-- ARGV[19] calls that a place takes
-- ARGV[20] calls of the tenant that may hold a place
-- ARGV[21] first orbit of the range, with 'next'
-- ARGV[22] last orbit of the range, with 'next'
--
-- Owners of calls in which two legs are joined are in {sN}:joined:<tenant>, a zset.
--
-- When the call begins or ceases to wait at a place that somebody watches ({sN}:watchers:<tenant>:<place>, for orbits also
-- {sN}:watchers:<tenant>:orbits), <tenant>|<place> is marked in {sN}:lamps, a zset, with the time in microseconds since 1970.
--
-- Places are zsets: owner by when it came, microseconds since 1970. The owner of a call that was retrieved from a place is kept at
-- {sN}:taken:<tenant>:<place> for 30 s from when it gave the place up.
--
-- Returns {'OK', epoch, place, marked places with blanks between}; or {'CONFLICT', epoch now}, {'TAKEN', owner that is at the (first) place}, {'RANGE_FULL'} or {'QUOTA'}.
-- Only OK has changed anything, but that places and numbers of calls that Redis has forgotten are free.

local SWEEP_SECONDS = 60
local BITMAP_BYTES = 1251
-- How long it is told who has the call that was at a place.
local TAKEN_MILLIS = 30000

local before = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'place')
local epoch = tonumber(before[1] or 0)
if epoch ~= tonumber(ARGV[1]) then
  return {'CONFLICT', tostring(epoch)}
end

local owner, lifetime = ARGV[4], ARGV[7]
local calls = string.sub(KEYS[1], 1, #KEYS[1] - #owner + string.find(owner, '/', 1, true))

local function orbit_of(place)
  return string.match(place, '^orbit:(%d+)$')
end

local function leave(place, who)
  local key = ARGV[15] .. place
  local orbit = orbit_of(place)
  if redis.call('ZREM', key, who) == 1 and orbit and redis.call('EXISTS', key) == 0 then
    redis.call('SETBIT', KEYS[7], orbit, 0)
  end
end

-- Calls that Redis has forgotten leave a place; the number of those that stay.
local function forget_lost(place)
  local stay = 0
  for _, who in ipairs(redis.call('ZRANGE', ARGV[15] .. place, 0, -1)) do
    if redis.call('EXISTS', calls .. string.sub(who, string.find(who, '/', 1, true) + 1)) == 1 then
      stay = stay + 1
    else
      leave(place, who)
      redis.call('ZREM', KEYS[6], who)
    end
  end
  return stay
end

local function has_room(place)
  local room = tonumber(ARGV[19])
  if ARGV[18] ~= '' and redis.call('ZSCORE', ARGV[15] .. place, ARGV[18]) then
    room = room + 1
  end
  return redis.call('ZCARD', ARGV[15] .. place) < room or forget_lost(place) < room
end

local function free_orbit(from, to)
  while from <= to do
    local orbit = redis.call('BITPOS', KEYS[7], 0, from, to, 'BIT')
    if orbit < 0 then
      return nil
    end
    if redis.call('EXISTS', ARGV[15] .. 'orbit:' .. orbit) == 0 then
      return orbit
    end
    redis.call('SETBIT', KEYS[7], orbit, 1)
    from = orbit + 1
  end
  return nil
end

-- The next free orbit after the one that the range was given last, or nil.
local function next_orbit(now)
  local first, last = tonumber(ARGV[21]), tonumber(ARGV[22])
  local range = first .. '-' .. last
  if redis.call('STRLEN', KEYS[7]) < BITMAP_BYTES then
    -- BITPOS finds nothing behind the end of a string.
    redis.call('SETBIT', KEYS[7], BITMAP_BYTES * 8 - 1, 0)
  end
  local given = tonumber(redis.call('HGET', KEYS[8], range) or first - 1)
  local orbit = free_orbit(given + 1, last) or free_orbit(first, math.min(given, last))
  if not orbit and now - tonumber(redis.call('HGET', KEYS[8], 'swept:' .. range) or 0) >= SWEEP_SECONDS then
    redis.call('HSET', KEYS[8], 'swept:' .. range, now)
    redis.call('PEXPIRE', KEYS[8], lifetime)
    for n = first, last do
      if forget_lost('orbit:' .. n) == 0 then
        redis.call('SETBIT', KEYS[7], n, 0)
      end
    end
    orbit = free_orbit(given + 1, last) or free_orbit(first, math.min(given, last))
  end
  if orbit then
    redis.call('HSET', KEYS[8], range, orbit)
    redis.call('PEXPIRE', KEYS[8], lifetime)
    return 'orbit:' .. orbit
  end
  return nil
end

local place = ARGV[8]
if ARGV[15] then
  if ARGV[17] ~= '' then
    local time = redis.call('TIME')
    local now = time[1] * 1000
    -- A call that is new holds nothing.
    local keeps = epoch > 0 and ARGV[17] ~= 'next' and redis.call('ZSCORE', ARGV[15] .. ARGV[17], owner)
    if not keeps and (epoch == 0 or not redis.call('ZSCORE', KEYS[6], owner)) then
      local quota = tonumber(ARGV[20])
      if ARGV[18] ~= '' and redis.call('ZSCORE', KEYS[6], ARGV[18]) then
        quota = quota + 1
      end
      if redis.call('ZCARD', KEYS[6]) >= quota then
        redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', now)
        if redis.call('ZCARD', KEYS[6]) >= quota then
          return {'QUOTA'}
        end
      end
    end

    place = nil
    if keeps then
      place = ARGV[17]
    elseif ARGV[17] == 'next' then
      place = next_orbit(tonumber(time[1]))
      if not place then
        return {'RANGE_FULL'}
      end
    else
      local taken
      for wanted in string.gmatch(ARGV[17], '%S+') do
        if has_room(wanted) then
          place = wanted
          break
        end
        taken = taken or redis.call('ZRANGE', ARGV[15] .. wanted, 0, 0)[1]
      end
      if not place then
        return {'TAKEN', taken}
      end
    end

    local key = ARGV[15] .. place
    if ARGV[18] ~= '' then
      redis.call('ZREM', key, ARGV[18])
      redis.call('ZREM', KEYS[6], ARGV[18])
    end
    if ARGV[16] == place then
      -- Parked there once more: behind those who came meanwhile.
      redis.call('ZREM', key, owner)
    end
    redis.call('ZADD', key, 'NX', string.format('%d%06d', time[1], time[2]), owner)
    redis.call('PEXPIRE', key, lifetime)
    redis.call('ZADD', KEYS[6], now + lifetime, owner)
    redis.call('PEXPIRE', KEYS[6], lifetime)
    local orbit = orbit_of(place)
    if orbit then
      redis.call('SETBIT', KEYS[7], orbit, 1)
      redis.call('PEXPIRE', KEYS[7], lifetime)
    end
  else
    redis.call('ZREM', KEYS[6], owner)
    if ARGV[16] ~= '' and (ARGV[2] == 'RETRIEVED' or ARGV[2] == 'RECALLED') then
      local taken = string.gsub(ARGV[15], ':place:', ':taken:', 1)
      redis.call('SET', taken .. ARGV[16], owner, 'PX', TAKEN_MILLIS)
    end
  end
  if ARGV[16] ~= '' and (ARGV[17] == '' or ARGV[16] ~= place) then
    leave(ARGV[16], owner)
  end
end

redis.call('HSET', KEYS[1], 'epoch', epoch + 1, 'state', ARGV[2], 'data', ARGV[3], 'place', place)
redis.call('PEXPIRE', KEYS[1], lifetime)
if ARGV[9] ~= '' then
  redis.call('SET', ARGV[9], ARGV[10], 'PX', ARGV[11])
end

if ARGV[5] == '' then
  redis.call('ZREM', KEYS[2], owner)
else
  redis.call('ZADD', KEYS[2], ARGV[5], owner)
end

local joined = string.gsub(KEYS[3], ':parked:', ':joined:', 1)
if ARGV[2] == 'RETRIEVED' or ARGV[2] == 'RECALLED' or ARGV[2] == 'FAILED' then
  redis.call('ZADD', joined, 'NX', 0, owner)
  redis.call('PEXPIRE', joined, lifetime)
elseif epoch > 0 then
  redis.call('ZREM', joined, owner)
end

if ARGV[6] == '' then
  redis.call('ZREM', KEYS[3], owner)
else
  redis.call('ZADD', KEYS[3], ARGV[6], owner)
end

if ARGV[12] ~= '' then
  local id = redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[13], '*', 'place', place, 'event', ARGV[12])
  redis.call('PEXPIRE', KEYS[4], ARGV[14])
  redis.call('RPUSH', KEYS[5], id)
  redis.call('PEXPIRE', KEYS[5], lifetime)
end

-- Where a lamp is lit for a call.
local function lit(state, at)
  return (state == 'PARKED' or state == 'RECALLING' or state == 'CONNECTING') and at or ''
end

local marked = ''
local was, is = lit(before[2], before[3]), lit(ARGV[2], place)
if was ~= is then
  local watchers = string.gsub(KEYS[3], ':parked:', ':watchers:', 1) .. ':'
  local tenant = string.sub(owner, 1, string.find(owner, '/', 1, true) - 1)
  for _, at in ipairs({was, is}) do
    if at ~= '' and (redis.call('EXISTS', watchers .. at) == 1
        or (orbit_of(at) and redis.call('EXISTS', watchers .. 'orbits') == 1)) then
      local time = redis.call('TIME')
      redis.call('ZADD', string.gsub(KEYS[2], ':due$', ':lamps'), string.format('%d%06d', time[1], time[2]), tenant .. '|' .. at)
      marked = marked .. (marked == '' and '' or ' ') .. at
    end
  end
end

return {'OK', tostring(epoch + 1), place, marked}
