// What the store does in one step, as a script for Redis. All keys share one hash tag, so that they
// are in one slot. Windows are hashes that expire. By the name of a key, a window holds the tokens
// that are out; `:n` and `:d` say who announced it and for how many records, `:c` who came without
// a lease.

/** Of each ask, in the order of its arguments; -1 stands for "not asked". */
const ASK_ARGUMENTS = 12;

export const LEASE_SCRIPT = `
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local members, lacking = KEYS[1], KEYS[2]
local member, memberMs, lookFrom, lackingMax = ARGV[1], tonumber(ARGV[2]), ARGV[4], ARGV[5]
local roster = {}
if ARGV[3] == '1' then
  call('ZADD', members, now, member)
  call('ZREMRANGEBYSCORE', members, '-inf', now - memberMs)
  call('PEXPIRE', members, memberMs * 2)
  roster = call('ZRANGE', members, 0, -1)
end
local membersCount = math.max(1, call('ZCARD', members))

local function number(key, field)
  return tonumber(call('HGET', key, field) or '0')
end

local answers = {}
for at = 6, #ARGV, ${ASK_ARGUMENTS} do
  local here, after = KEYS[tonumber(ARGV[at])], KEYS[tonumber(ARGV[at]) + 1]
  local id, name, window = ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3])
  local count, windowMs = tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])
  local gift, claim, want = tonumber(ARGV[at + 6]), tonumber(ARGV[at + 7]), tonumber(ARGV[at + 8])
  local announce, lease = tonumber(ARGV[at + 9]), tonumber(ARGV[at + 10])
  local leaseMax = tonumber(ARGV[at + 11])
  local claimed, granted, leased = 0, 0, 0
  if gift + claim + want > 0 then
    local out = math.max(0, number(here, name) - gift)
    if claim > 0 then
      claimed = math.min(claim, math.max(0, count - out))
      out = out + claimed
      call('HINCRBY', here, name .. ':c', 1)
    end
    if want > 0 then
      local free = count - out
      if number(here, name .. ':n') == 0 then
        -- Nobody could announce anything: those that are not here yet have their shares.
        local absent = math.max(0, membersCount - number(here, name .. ':c'))
        local rest = math.max(0, window + 1 - now / windowMs)
        free = free - math.ceil(absent * math.ceil(count / membersCount) * math.min(1, rest))
      end
      granted = math.max(0, math.min(want, free))
      out = out + granted
    end
    if claimed + granted < claim + want then
      call('ZADD', lacking, now, id .. ' ' .. window .. ' ' .. name)
    end
    call('HSET', here, name, out)
    call('PEXPIRE', here, windowMs * 2)
  end
  if announce >= 0 then
    call('HINCRBY', after, name .. ':n', 1)
    call('HINCRBYFLOAT', after, name .. ':d', announce)
    call('PEXPIRE', after, windowMs * 3)
  end
  if lease >= 0 then
    -- By what was announced; what is over, and a tenth in any case, goes to all alike.
    local sharers = math.max(1, number(after, name .. ':n'))
    local records = math.max(lease, number(after, name .. ':d'))
    local out = number(after, name)
    local part = count
    if records >= count then
      part = count * lease / records
    else
      part = lease + (count - records) / sharers
    end
    part = math.ceil(0.9 * part + 0.1 * count / sharers)
    leased = math.max(0, math.min(part, leaseMax, count - out))
    call('HSET', after, name, out + leased)
    call('PEXPIRE', after, windowMs * 3)
  end
  answers[#answers + 1] = claimed
  answers[#answers + 1] = granted
  answers[#answers + 1] = leased
end

local found = {}
if lookFrom ~= '' then
  call('ZREMRANGEBYSCORE', lacking, '-inf', now - memberMs)
  call('PEXPIRE', lacking, memberMs * 2)
  found = call('ZRANGEBYSCORE', lacking, lookFrom, '+inf', 'LIMIT', 0, lackingMax)
end
return { time[1], time[2], roster, answers, found }
`;
