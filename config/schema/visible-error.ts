/**
 * An error that the reader can mend: in their input or environment. The message says where, what, and what would be
 * right, and is printed without a trace; every other error counts as a defect of this project and is printed with one.
 */
export class VisibleError extends Error {
	override readonly name: string = "VisibleError";
}
