import type { Command } from 'commander';

const PROGRAM = 'scheduled-task-runner';

/** The words that may follow a call such as `task list`, by that call; the empty call is the program alone. */
function wordsAfter(command: Command, call = ''): [call: string, words: string[]][] {
  const options = command.options.flatMap(({ long }) => (long ? [long] : []));
  const names = command.commands.map((each) => each.name());
  const own: [string, string[]] = [call, [...names, ...options, '--help']];
  return [own, ...command.commands.flatMap((each) => wordsAfter(each, `${call} ${each.name()}`.trim()))];
}

/** A script for a shell, which completes names of commands and options. */
export function scriptFor(shell: string, program: Command): string {
  const all = wordsAfter(program);
  if (shell === 'fish') return fish(all);
  const bash = bashScript(all);
  return shell === 'zsh' ? `autoload -U +X bashcompinit && bashcompinit\n${bash}` : bash;
}

function bashScript(all: [string, string[]][]): string {
  const cases = all.map(([call, words]) => `    '${call}') words='${words.join(' ')}' ;;`);
  return `_scheduled_task_runner() {
  local call='' words='' word index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$call $word" in
${all
  .filter(([call]) => call !== '')
  .map(([call]) => `      '${call.includes(' ') ? call : ` ${call}`}') call='${call}' ;;`)
  .join('\n')}
    esac
  done
  case "$call" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _scheduled_task_runner ${PROGRAM}
`;
}

function fish(all: [string, string[]][]): string {
  const lines = all.flatMap(([call, words]) => {
    const seen = call.split(' ').filter((word) => word !== '');
    const next = words.filter((word) => !word.startsWith('--'));
    const before = seen.map((word) => `__fish_seen_subcommand_from ${word}`);
    const none = next.length > 0 ? [`not __fish_seen_subcommand_from ${next.join(' ')}`] : [];
    const when = [...before, ...none].join('; and ') || 'true';
    return words.map((word) =>
      word.startsWith('--')
        ? `complete -c ${PROGRAM} -n '${when}' -l ${word.slice(2)}`
        : `complete -c ${PROGRAM} -f -n '${when}' -a ${word}`,
    );
  });
  return `${lines.join('\n')}\n`;
}
