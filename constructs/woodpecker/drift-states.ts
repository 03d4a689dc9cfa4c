/** Values of the metric `drift_stack_state`, by what has become of a stack. */
export const driftStates = { clean: 0, drift: 1, error: 2, undeployed: 3 } as const;
