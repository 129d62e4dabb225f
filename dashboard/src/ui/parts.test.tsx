import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { Chips, Select } from './parts.tsx';

it('what is chosen among, and what was chosen, hides no characters, and is cut', () => {
  const values = ['a\u202eb', 'x'.repeat(65), 'x'.repeat(64)];
  const options = renderToStaticMarkup(
    <Select label="Tag" value={undefined} values={values} countOf={() => ' (2)'} onChange={() => undefined} />,
  );
  expect([...options.matchAll(/<option value="[^"]+">([^<]*)/g)].map(([, text]) => text)).toEqual([
    'a‹202E›b (2)',
    `${'x'.repeat(64)}… (2)`,
    `${'x'.repeat(64)} (2)`,
  ]);
  const chips = renderToStaticMarkup(<Chips chips={[{ name: 'tag', value: 'a\u202eb', clear: () => undefined }]} />);
  expect(chips).toContain('<bdi>a‹202E›b</bdi>');
});
