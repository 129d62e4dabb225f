/** A process with one contender; it does what the benchmark asks for by message. */
const [name, options] = [process.argv[2], JSON.parse(process.argv[3])];
const { open } = await import(`./${name}.js`);

const now = () => performance.timeOrigin + performance.now();
const starts = [];
let ended = 0;
let lastEnd = 0;

const contender = await open({
  ...options,
  onStart: (key, nominal, organization) => void starts.push([key, nominal, now(), organization]),
  onEnd: () => {
    ended++;
    lastEnd = now();
  },
});

const methods = Object.assign(contender, {
  starts: () => starts,
  count: () => starts.length,
  startsOf: (wanted) => starts.filter(([, , , organization]) => organization === wanted),
  ends: () => ({ ended, lastEnd }),
  usage: () => ({
    cpuSeconds: (({ user, system }) => (user + system) / 1e6)(process.cpuUsage()),
    rss: process.memoryUsage.rss(),
  }),
});

async function answer({ id, method, args }) {
  try {
    process.send({ id, result: await methods[method](...args) });
  } catch (error) {
    process.send({ id, error: error.stack });
  }
  if (method === 'close') process.exit();
}

process.on('message', (question) => void answer(question));
process.on('disconnect', () => process.exit());
process.send({ id: 'ready' });
