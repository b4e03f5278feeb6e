import { expect, it } from 'vitest';
import type { LiveActivity } from '../../../src/emulator/activity.js';
import { startLiveEmulator } from '../../../src/emulator/live-emulator.js';
import { createScript } from '../../../src/emulator/script.js';
import { LiveClient } from '../../support/live-client.js';
import { createTestSpeech } from '../../support/test-speech.js';

it('the emulator takes pictures, answers the next turn by its reply to one, and counts their tokens', async () => {
  const seen: LiveActivity[] = [];
  await using emulator = await startLiveEmulator({
    script: createScript({
      replies: [
        { on: 'image', say: '{{ images }} seen.' },
        { on: 'text', say: 'No.' },
      ],
    }),
    speech: createTestSpeech(),
    onActivity: (activity) => {
      if (activity.type === 'image-seen') seen.push(activity);
    },
  });
  await using client = await LiveClient.open(emulator.url, { outputAudioTranscription: {} });
  for (const mimeType of ['image/jpeg', 'image/webp']) {
    client.send({ realtimeInput: { video: { data: 'AAAA', mimeType } } });
  }
  client.say('Look.');
  await client.untilContent('turnComplete');
  client.say('And now?');
  await client.untilContent('turnComplete', 2);
  expect(seen).toEqual([
    { type: 'image-seen', mimeType: 'image/jpeg', bytes: 3 },
    { type: 'image-seen', mimeType: 'image/webp', bytes: 3 },
  ]);
  expect(
    client
      .contents('outputTranscription')
      .map(({ text }) => String(text))
      .join(''),
  ).toBe('2 seen.No.');
  expect(client.all('usageMetadata')[0]).toMatchObject({
    promptTokensDetails: [{ modality: 'TEXT' }, { modality: 'IMAGE', tokenCount: 516 }],
  });
});
