/** Option of commands that apply what a signed review allows. */
export const reviewedOption = [
	"--reviewed [source]",
	"apply only what a signed review allows: number of its pull request (default: the one that was merged as this commit), or a file; asks nothing",
] as const;
