import { printFailure } from "../../terminal/failure.ts";
import { runInStackFolder } from "./run-in-stack-folder.ts";

try {
	const program = process.env.INFRA_TERRAFORM || "terraform";
	process.exitCode = await runInStackFolder(program, process.argv.slice(2));
} catch (error) {
	printFailure(error);
	process.exitCode = 1;
}
