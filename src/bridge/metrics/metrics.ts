/**
 * What is measured, as prom-client's metrics in a registry of its own. Labels are ids, kinds and route templates:
 * no names, no addresses.
 *
 * The process's own figures are read when they are asked for. prom-client's collectDefaultMetrics would leave an event
 * loop monitor and an observer behind in a host that deactivates the bridge.
 */
import type { Gauge, Histogram, Registry } from 'prom-client';
import { isStuck, oldestInOutbox, type AccountReport, type FlowReport } from '../health/index.js';
import type { MeasuredRequest } from '../http/request-log.js';

const account = ['kind', 'account'] as const;

/** Name without the prefix `mail_bridge_`, help, value of one account at a moment; null: not known. */
const ACCOUNT_GAUGES: readonly [
  string,
  string,
  (report: AccountReport, at: Date) => number | null,
][] = [
  [
    'account_last_sign_in_timestamp_seconds',
    'Last successful sign-in',
    ({ lastSignInAt }) => seconds(lastSignInAt),
  ],
  [
    'account_last_success_timestamp_seconds',
    'End of the last fetch or submission that succeeded',
    ({ lastSuccessAt }) => seconds(lastSuccessAt),
  ],
  [
    'account_failed_tries',
    'Failed connections and sign-ins in a row',
    ({ failedTries }) => failedTries,
  ],
  ['account_active', '1 when the account is active', ({ active }) => Number(active)],
  [
    'account_switched_off',
    '1 when the archive switched the account off',
    ({ switchedOff, active }) => Number(switchedOff !== null && !active),
  ],
  [
    'account_waiting',
    'Mails in quarantine (incoming) or in the outbox (smtp)',
    (one) => one.waiting,
  ],
  [
    'account_missing',
    'Mails on the server that are neither stored nor in quarantine',
    ({ missing }) => missing,
  ],
  [
    'account_linked',
    '1 when an account that signs in by OAuth2 is linked',
    ({ link }) => (link === null ? null : Number(link.state === 'linked')),
  ],
  [
    'account_link_ends_in_seconds',
    'Until the link of an account ends; below 0 when it has',
    ({ link }, at) => secondsUntil(link?.endsAt ?? null, at),
  ],
];

const PROVIDER_GAUGE = [
  'oauth_provider_secret_ends_in_seconds',
  'Until the client secret of a provider expires; below 0 when it has',
] as const;

const TOTAL_GAUGES: readonly [string, string, (report: FlowReport) => number | null][] = [
  ['archive_reachable', '1 when the archive answers', ({ failure }) => Number(failure === null)],
  ['outbox_messages', 'Mails in the outbox', ({ flow }) => flow?.Outbox ?? null],
  [
    'outbox_oldest_timestamp_seconds',
    'Oldest mail in the outbox',
    (report) => seconds(oldestInOutbox(report)),
  ],
  [
    'outbox_stuck',
    '1 when the oldest mail in the outbox has waited too long',
    (report) => Number(isStuck(oldestInOutbox(report), report.at)),
  ],
  [
    'in_doubt',
    'Mails of which nobody knows whether they were sent',
    ({ flow }) => flow?.InDoubt ?? null,
  ],
  ['failed', 'Mails that could not be sent for good', ({ flow }) => flow?.Failed ?? null],
  ['quarantined', 'Mails in quarantine', ({ accounts }) => sum(accounts, 'waiting')],
  [
    'missing',
    'Mails on servers that are neither stored nor in quarantine',
    ({ accounts }) => sum(accounts, 'missing'),
  ],
  [
    'armed',
    '1 when the archive may send and delete',
    ({ flow }) => (flow === null ? null : Number(flow.Armed)),
  ],
  [
    'storage_fault',
    '1 when the archive cannot store',
    ({ flow }) => (flow === null ? null : Number(flow.StorageFault !== '')),
  ],
];

const seconds = (date: Date | null): number | null =>
  date === null ? null : date.getTime() / 1000;

const secondsUntil = (end: Date | null, at: Date): number | null =>
  end === null ? null : (end.getTime() - at.getTime()) / 1000;

const sum = (accounts: readonly AccountReport[], member: 'waiting' | 'missing'): number =>
  accounts.filter(({ kind }) => kind === 'incoming').reduce((total, one) => total + one[member], 0);

export class Metrics {
  private constructor(
    private readonly registry: Registry,
    private readonly accountGauges: readonly Gauge<'kind' | 'account'>[],
    private readonly totalGauges: readonly Gauge[],
    private readonly secretGauge: Gauge<'provider'>,
    private readonly requests: Histogram<'method' | 'route' | 'status'>,
  ) {}

  /** prom-client is loaded with the first bridge, beside whatever else goes on. */
  static async open(): Promise<Metrics> {
    const { default: prometheus } = await import('prom-client');
    const registry = new prometheus.Registry();
    const registers = [registry];
    const gauge = ([name, help]: readonly [string, string, unknown]) =>
      new prometheus.Gauge({ name: `mail_bridge_${name}`, help, registers });
    const accountGauges = ACCOUNT_GAUGES.map(
      ([name, help]) =>
        new prometheus.Gauge({ name: `mail_bridge_${name}`, help, labelNames: account, registers }),
    );
    const [secretName, secretHelp] = PROVIDER_GAUGE;
    const secretGauge = new prometheus.Gauge({
      name: `mail_bridge_${secretName}`,
      help: secretHelp,
      labelNames: ['provider'] as const,
      registers,
    });
    for (const [name, help, read] of PROCESS_GAUGES)
      new prometheus.Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    const requests = new prometheus.Histogram({
      name: 'mail_bridge_http_request_duration_seconds',
      help: 'From the request to the end of its answer',
      labelNames: ['method', 'route', 'status'] as const,
      buckets: [0.005, 0.02, 0.1, 0.5, 1, 5, 30],
      registers,
    });
    const totalGauges = TOTAL_GAUGES.map(gauge);
    return new Metrics(registry, accountGauges, totalGauges, secretGauge, requests);
  }

  observe({ method, route, status, durationMs }: MeasuredRequest): void {
    this.requests.observe({ method, route, status: String(status) }, durationMs / 1000);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** In Prometheus' text format. What the report does not know is left out. */
  render(report: FlowReport): Promise<string> {
    const { at, providers } = report;
    for (const gauge of [...this.accountGauges, ...this.totalGauges, this.secretGauge])
      gauge.reset();
    for (const { id: provider, secretEndsAt } of providers) {
      const value = secondsUntil(secretEndsAt, at);
      if (value !== null) this.secretGauge.set({ provider }, value);
    }
    for (const [index, [, , read]] of TOTAL_GAUGES.entries()) {
      const value = read(report);
      const isTold = report.failure === null || index === 0;
      if (value === null || !isTold) this.totalGauges[index]?.remove();
      else this.totalGauges[index]?.set(value);
    }
    for (const [index, [, , read]] of ACCOUNT_GAUGES.entries())
      for (const one of report.accounts) {
        const value = read(one, at);
        if (value === null) continue;
        this.accountGauges[index]?.set({ kind: one.kind, account: String(one.id) }, value);
      }
    return this.registry.metrics();
  }
}

const PROCESS_GAUGES: readonly [string, string, () => number][] = [
  [
    'process_cpu_seconds',
    'CPU time since the start',
    () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
  ],
  ['process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss()],
  ['process_start_time_seconds', 'Start of the process', () => performance.timeOrigin / 1000],
  ['nodejs_heap_size_used_bytes', 'Heap in use', () => process.memoryUsage().heapUsed],
];
