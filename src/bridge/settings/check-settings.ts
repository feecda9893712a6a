/**
 * Tries the archive connection with exactly the given settings, in at most five seconds, and says step by step how
 * far it came. Nothing is stored or changed.
 */
import { ArchiveFailure, GreyhoundClient } from '../../greyhound/index.js';
import { BridgeFailure } from '../failure.js';
import { finding, type Finding } from '../checks/finding.js';
import type { Language, MessageCode, TextParams } from '../texts/index.js';
import {
  askFacts,
  connectionOptions,
  majorVersion,
  REQUIRED_VERSION,
  type ArchiveFacts,
} from './archive-connection.js';
import { portOf } from './archive-url.js';
import type { EffectiveSettings } from './settings.js';

const LIMIT_MS = 4_800;

type Found = Omit<Parameters<typeof finding>[0], 'origin'> & { origin?: 'archive' };

export async function checkSettings(
  settings: EffectiveSettings,
  clientId: string,
  language: Language,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const add = (found: Found) => {
    findings.push(finding({ origin: 'bridge', ...found }, language));
  };
  let client: GreyhoundClient;
  try {
    client = new GreyhoundClient({ ...connectionOptions(settings, clientId), timeoutMs: LIMIT_MS });
  } catch (error) {
    if (!(error instanceof BridgeFailure)) throw error;
    const field = error.code === 'interfaceDisabled' ? 'enabled' : 'url';
    return [
      finding(
        { check: 'settings', outcome: 'failed', code: error.code, field, origin: 'bridge' },
        language,
      ),
    ];
  }
  addressFindings(settings, add);
  const startedAt = performance.now();
  const duration = () => ({ durationMs: performance.now() - startedAt });
  try {
    const facts = await withinLimit(askFacts(client));
    stepsBefore('version', settings, (found) => add({ ...found, ...duration() }));
    versionFinding(facts, add);
  } catch (error) {
    if (!(error instanceof ArchiveFailure)) throw error;
    const { check, field } = failedAt(error);
    // An answer that is no GREYHOUND API's says nothing about the sign-in.
    const reached = check === 'version' ? 'signIn' : check;
    stepsBefore(reached, settings, (found) => add({ ...found, ...duration() }));
    add({
      check,
      outcome: 'failed',
      code: error.code,
      field,
      params: error.params,
      ...duration(),
      origin: 'archive',
    });
  } finally {
    client.close();
  }
  return findings;
}

type Add = (found: Found) => void;

function addressFindings(settings: EffectiveSettings, add: Add): void {
  const port = portOf(settings.url ?? '');
  add({
    check: 'https',
    outcome: 'ok',
    code: settings.archive === 'embedded' ? 'archiveOnLoopback' : 'archiveUrlUsable',
    field: 'url',
  });
  const unusual = settings.archive === 'remote' && port !== 443;
  add({
    check: 'port',
    outcome: unusual ? 'warning' : 'ok',
    code: unusual ? 'archivePortUnusual' : 'archivePortUsual',
    field: 'url',
    params: { port },
  });
}

type Step = 'reachability' | 'tls' | 'signIn' | 'version';

const steps: readonly { check: Step; code: MessageCode }[] = [
  { check: 'reachability', code: 'archiveReachable' },
  { check: 'tls', code: 'archiveEncrypted' },
  { check: 'signIn', code: 'archiveSignedIn' },
];

/** What went well before this step. */
function stepsBefore(until: Step, settings: EffectiveSettings, add: Add): void {
  for (const { check, code } of steps) {
    if (check === until) return;
    if (check === 'tls' && settings.archive === 'embedded') continue;
    add({ check, outcome: 'ok', code });
  }
}

function failedAt({ code }: ArchiveFailure): { check: Step; field: string | null } {
  if (code === 'archiveTls') return { check: 'tls', field: 'url' };
  if (code === 'archiveLogin') return { check: 'signIn', field: 'username' };
  if (code === 'archiveFault') return { check: 'signIn', field: null };
  if (code === 'archiveProtocol' || code === 'archiveHttp' || code === 'archiveNotFound')
    return { check: 'version', field: 'url' };
  return { check: 'reachability', field: 'url' };
}

function versionFinding({ version }: ArchiveFacts, add: Add): void {
  const major = majorVersion(version);
  const params: TextParams = { found: version, required: REQUIRED_VERSION };
  const base = { check: 'version', params, origin: 'archive' } as const;
  if (major === null) add({ ...base, outcome: 'warning', code: 'archiveVersionUnknown' });
  else if (major < REQUIRED_VERSION)
    add({ ...base, outcome: 'failed', code: 'archiveVersionTooOld' });
  else add({ ...base, outcome: 'ok', code: 'archiveVersionSupported' });
}

async function withinLimit<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const method = 'RpcInfo.GetServerInfo';
      reject(
        new ArchiveFailure('archiveTimeout', {
          disposition: 'transient',
          method,
          maybeExecuted: false,
        }),
      );
    }, LIMIT_MS);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
