/** Assigning mails to the ERP's records: by the rules, and by hand. */
import type { Kysely } from 'kysely';
import type { Clock } from '../../platform/clock.js';
import type { IdSource } from '../../platform/ids.js';
import type { Logger } from '../../platform/log.js';
import type { ArchiveAccess } from '../archive-access.js';
import type { Directory } from '../directory/directory.js';
import type { AnyRoute } from '../http/route.js';
import { arrivalLooks } from './arrivals.js';
import { Blocklist } from './blocklist.js';
import { DecisionsByHand } from './decisions-by-hand.js';
import { openRunLooks } from './open-runs.js';
import { PolicyStore } from './policy-store.js';
import { recordRoutes } from './record-routes.js';
import { RerunStore } from './rerun-store.js';
import { rerunRoutes } from './rerun-routes.js';
import { Reruns } from './reruns.js';
import { assignmentRoutes } from './routes.js';
import { Runs } from './runs.js';
import type { AssignmentSchema } from './schema.js';
import { assignmentSettingsRoutes } from './settings-routes.js';
import { Views } from './views.js';

export {
  decisionView,
  keptRunView,
  messageAssignments,
  recordId,
  runView,
  undoRequest,
} from './schemas.js';
export { blocklistView } from './settings-routes.js';

export interface AssignmentOptions {
  readonly archive: ArchiveAccess;
  /** Which archive is connected now: message ids of one mean nothing in another. */
  readonly archiveId: () => Promise<string>;
  readonly directory: Directory;
  readonly database: Kysely<AssignmentSchema>;
  readonly installationId: string;
  /** Sent messages whose mark stands in a header section, latest first. */
  readonly markedMessages: (header: string) => Promise<readonly number[]>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
}

export interface AssignmentService {
  readonly routes: readonly AnyRoute[];
  /** Whether outgoing mails are to carry a mark. */
  readonly marksOutgoing: () => Promise<boolean>;
  start(): void;
  /** Ends the timers and what is under way. */
  close(): Promise<void>;
}

export function createAssignment(options: AssignmentOptions): AssignmentService {
  const { archive, directory, database, installationId } = options;
  const blocklist = new Blocklist(options);
  const policies = new PolicyStore(database, installationId);
  const dependencies = { ...options, blocklist, policies };
  const runs = new Runs(dependencies);
  const views = new Views(directory);
  const byHand = new DecisionsByHand({ archive, directory, runs });
  const reruns = new Reruns({ ...options, runs, store: new RerunStore(options) });
  const openRuns = openRunLooks({ ...options, runs });
  const arrivals = arrivalLooks({ ...options, policies, runs });
  return {
    routes: [
      ...assignmentRoutes({ runs, byHand, views, preview: dependencies }),
      ...rerunRoutes({ archive, directory, reruns, views }),
      ...recordRoutes({ archive, directory, runs }),
      ...assignmentSettingsRoutes({ blocklist, policies }),
    ],
    marksOutgoing: async () => (await policies.read()).trackingMark,
    start: () => {
      openRuns.start();
      arrivals.start();
    },
    close: async () => {
      await Promise.all([openRuns.close(), arrivals.close()]);
    },
  };
}
