/** `GET /metrics` for Prometheus. */
import { z } from 'zod';
import type { Clock } from '../../platform/clock.js';
import type { ArchiveAccess } from '../archive-access.js';
import { readFlow, type FlowReport } from '../health/index.js';
import { route, type AnyRoute } from '../http/route.js';
import type { LinkPort } from '../oauth/link-port.js';
import type { Metrics } from './metrics.js';

/** So that scraping, however often, does not hammer a remote archive. */
const MAX_AGE_MS = 5_000;

export interface MetricsRouteDependencies {
  readonly archive: ArchiveAccess;
  readonly clock: Clock;
  readonly metrics: () => Promise<Metrics>;
  /** None unless told. */
  readonly links?: Pick<LinkPort, 'known'>;
}

export function metricsRoutes({
  archive,
  clock,
  metrics,
  links,
}: MetricsRouteDependencies): readonly AnyRoute[] {
  let latest: { readonly readAtMs: number; readonly report: Promise<FlowReport> } | null = null;
  const recent = (): Promise<FlowReport> => {
    const nowMs = performance.now();
    if (latest === null || nowMs - latest.readAtMs > MAX_AGE_MS)
      latest = { readAtMs: nowMs, report: readFlow(archive, clock, links) };
    return latest.report;
  };
  return [
    route({
      operationId: 'getMetrics',
      method: 'get',
      path: '/metrics',
      summary: 'Flow of mail, requests and the process, for Prometheus',
      tag: 'health',
      scope: 'health:read',
      responses: {
        200: {
          description: "Prometheus' text format",
          schema: z.string(),
          contentType: 'text/plain',
        },
      },
      handler: async () => {
        const measured = await metrics();
        const body = await measured.render(await recent());
        return { status: 200, body, headers: { 'Content-Type': measured.contentType } };
      },
    }),
  ];
}
