/** Removes members of a group that were idle for long and have nothing unconfirmed, at once with the look at them. */
export const REMOVE_IDLE = `
local removed = 0
for _, each in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local of = {}
  for i = 1, #each, 2 do of[each[i]] = each[i + 1] end
  if of['pending'] == 0 and of['idle'] > tonumber(ARGV[2]) and of['name'] ~= ARGV[3] then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], of['name'])
    removed = removed + 1
  end
end
return removed
`;
