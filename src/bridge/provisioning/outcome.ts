/** How the steps of an operation went, as callers see them (SAL-75). Pure. */
import type { JournalStep, OperationState, StepState } from './journal.js';
import type { ElementKind, PlannedStep } from './steps.js';

export const stepOutcomes = [
  'pending',
  'running',
  'created',
  'reused',
  'updated',
  'deleted',
  'activated',
  'done',
  'skipped',
  'failed',
  'compensated',
  /** The reply was lost and the archive could not be asked yet. */
  'unknown',
] as const;
export type StepOutcome = (typeof stepOutcomes)[number];

const whenDone: Readonly<Record<PlannedStep['action'], StepOutcome>> = {
  create: 'created',
  reuse: 'reused',
  rewrite: 'updated',
  update: 'updated',
  delete: 'deleted',
  activate: 'activated',
  lock: 'done',
  setOptions: 'done',
  verify: 'done',
};

export function outcomeOf(
  step: PlannedStep,
  state: StepState,
  operation: OperationState,
): StepOutcome {
  const isOver = operation !== 'running';
  switch (state) {
    case 'done':
      return whenDone[step.action];
    case 'pending':
      return isOver ? 'skipped' : 'pending';
    case 'running':
      return isOver ? 'unknown' : 'running';
    case 'failed':
    case 'compensated':
      return state;
  }
}

export interface ElementOutcome {
  readonly element: ElementKind;
  readonly name: string;
  /** null while it does not exist. */
  readonly id: number | null;
  readonly outcome: StepOutcome;
}

const aboutElements: ReadonlySet<PlannedStep['action']> = new Set([
  'create',
  'reuse',
  'rewrite',
  'update',
  'delete',
]);

/** The elements that an operation is about, without its technical steps. */
export const elementOutcomes = (
  steps: readonly JournalStep[],
  operation: OperationState,
): ElementOutcome[] =>
  steps.flatMap(({ step, state, elementId }) =>
    step.element === null || !aboutElements.has(step.action)
      ? []
      : [
          {
            element: step.element,
            name: step.name,
            id: elementId,
            outcome: outcomeOf(step, state, operation),
          },
        ],
  );

export interface PlannedElement {
  readonly element: ElementKind;
  readonly name: string;
  /** null: it will be created. */
  readonly id: number | null;
  readonly action: 'create' | 'reuse' | 'update' | 'delete';
}

/** For a dry run: what would happen to which element. */
export const plannedElements = (steps: readonly PlannedStep[]): PlannedElement[] =>
  steps.flatMap((step): PlannedElement[] => {
    switch (step.action) {
      case 'create':
      case 'reuse':
      case 'update':
      case 'delete':
        return [
          { element: step.element, name: step.name, id: step.existingId, action: step.action },
        ];
      case 'rewrite':
        return [{ element: step.element, name: step.name, id: step.existingId, action: 'update' }];
      default:
        return [];
    }
  });
