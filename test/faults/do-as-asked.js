import { createInterface } from 'node:readline';

const say = (line) => console.log(JSON.stringify(line));

/**
 * Says that the host application is ready; then does what lines of JSON on its stdin ask for, and writes a line of JSON
 * for each answer, until it is asked to stop.
 */
export function doAsAsked(app, acts) {
  say({ ready: Date.now() });
  createInterface({ input: process.stdin }).on('line', async (line) => {
    const request = JSON.parse(line);
    if (request.act === 'stop') {
      await app.close();
      process.exit(0);
    }
    try {
      say({ answers: request.number, answer: (await acts[request.act](request)) ?? null });
    } catch (error) {
      say({ answers: request.number, error: String(error) });
    }
  });
}
