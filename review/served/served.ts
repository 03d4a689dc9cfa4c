import type { ApiKind, ServedKinds } from "./served-kinds.ts";

/** What the API server of a stack's objects was asked of their kinds. */
export interface Served {
	/** Undefined when it could not be asked. */
	readonly kinds?: ServedKinds;
	/** Why it could not be asked, as a sentence. */
	readonly error?: string;
	/** Objects of the state, where a plan has failed: it cannot be made while one of them is of a version that is gone. */
	readonly inState?: readonly KindInState[];
}

/** A manifest of a state. */
export interface KindInState {
	readonly address: string;
	/** Construct path; undefined when the code no longer declares it. */
	readonly path: string | undefined;
	readonly kind: ApiKind;
}
