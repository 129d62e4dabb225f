/**
 * The scripts that keep locks; each is one atomic step, by the server's own clock. A lock is a key: its value is the
 * owner, its expiry that of the lock. In addition, a set holds the locks that an owner took, so that one call renews
 * them all.
 */

/** KEYS: the owner's set, the locks. ARGV: the owner, the life in ms. */
export const ACQUIRE = `
  local held = {}
  for i = 2, #KEYS do
    if redis.call('SET', KEYS[i], ARGV[1], 'NX', 'PX', ARGV[2]) then
      held[#held + 1] = KEYS[i]
    elseif redis.call('GET', KEYS[i]) == ARGV[1] then
      redis.call('PEXPIRE', KEYS[i], ARGV[2])
      held[#held + 1] = KEYS[i]
    end
  end
  for _, key in ipairs(held) do redis.call('SADD', KEYS[1], key) end
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  return held`;

/** KEYS: the owner's set. ARGV: the owner, the life in ms. */
export const RENEW = `
  local held = {}
  for _, key in ipairs(redis.call('SMEMBERS', KEYS[1])) do
    if redis.call('GET', key) == ARGV[1] then
      redis.call('PEXPIRE', key, ARGV[2])
      held[#held + 1] = key
    else
      redis.call('SREM', KEYS[1], key)
    end
  end
  if #held > 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  return held`;

/** KEYS: the owner's set, the locks. ARGV: the owner. */
export const RELEASE = `
  for i = 2, #KEYS do
    if redis.call('GET', KEYS[i]) == ARGV[1] then redis.call('DEL', KEYS[i]) end
    redis.call('SREM', KEYS[1], KEYS[i])
  end`;

/** KEYS: the locks. Returns owner and remaining life of each; the life of a free lock is negative. */
export const LOOK = `
  local found = {}
  for i = 1, #KEYS do
    found[i] = { redis.call('GET', KEYS[i]) or '', redis.call('PTTL', KEYS[i]) }
  end
  return found`;
