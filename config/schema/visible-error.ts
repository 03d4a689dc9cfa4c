/**
 * What is wrong with the reader's input or surroundings, said so that they can mend it: where, what, and what would be
 * right. It is shown as a sentence; every other error is a defect of this project and is shown with its trace.
 */
export class VisibleError extends Error {
	override readonly name: string = "VisibleError";
}
