/** `/api/v1/arming`: a restored or copied data folder deletes and sends nothing until somebody confirms it. */
import { z } from 'zod';
import type { Arming } from '../../platform/arming.js';
import type { ArchiveAccess } from '../archive-access.js';
import { finding, findingSchema } from '../checks/index.js';
import { BridgeFailure } from '../failure.js';
import { route, type AnyRoute, type Language } from '../http/index.js';

const tag = 'arming';

const armingView = z.object({
  /** False: nothing is deleted on mail servers, nothing is sent. */
  armed: z.boolean(),
  reason: z.enum(['restored', 'copied']).nullable(),
  /** What happened, and what to look at before confirming; null when it is armed. */
  finding: findingSchema.nullable(),
});

const codes = { restored: 'dataRestored', copied: 'dataCopied' } as const;

function view({ disarmed }: Arming, language: Language): z.infer<typeof armingView> {
  if (disarmed === null) return { armed: true, reason: null, finding: null };
  const found = finding(
    { check: 'arming', outcome: 'failed', code: codes[disarmed], origin: 'bridge' },
    language,
  );
  return { armed: false, reason: disarmed, finding: found };
}

export interface ArmingRouteDependencies {
  readonly arming: Arming;
  readonly archive: ArchiveAccess;
}

/** The archive has an arming of its own when it is another installation's; one confirmation is for both. */
async function armArchive(archive: ArchiveAccess): Promise<void> {
  try {
    if (!(await archive.hasMailBridge())) return;
    const client = await archive.client();
    await client.mailBridge.Arm();
  } catch (error) {
    // without a connection there is nothing that could send
    if (error instanceof BridgeFailure) return;
    throw error;
  }
}

export const armingRoutes = ({ arming, archive }: ArmingRouteDependencies): readonly AnyRoute[] => [
  route({
    operationId: 'getArming',
    method: 'get',
    path: '/api/v1/arming',
    summary: 'May this installation delete on mail servers and send; not after a restore or a copy',
    tag,
    scope: 'settings:read',
    responses: { 200: { description: 'As it is now', schema: armingView } },
    handler: ({ language }) => ({ status: 200, body: view(arming, language) }),
  }),
  route({
    operationId: 'confirmArming',
    method: 'post',
    path: '/api/v1/arming/confirm',
    summary: 'Confirm that no other copy of this installation works; deletion and sending go on',
    tag,
    scope: 'settings:write',
    responses: { 200: { description: 'Armed', schema: armingView } },
    handler: async ({ language }) => {
      await arming.arm();
      await armArchive(archive);
      return { status: 200, body: view(arming, language) };
    },
  }),
];
