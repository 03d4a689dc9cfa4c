import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { VisibleError } from "../config/schema/visible-error.ts";
import { interruption } from "../terminal/interruption.ts";
import type { LabProgram } from "./control-plane.ts";
import {
	hasEnded,
	isRunning,
	type LabProcess,
	lastLines,
	startProcess,
	stopProcesses,
} from "./lab-process.ts";

export interface LabProgramsProps {
	/** Folder of the logs, one a program. */
	readonly logs: string;
	/** Home folder of every program. */
	readonly home: string;
	/** Command that runs each of them. @default none */
	readonly wrapper?: readonly string[];
	/** Called with all processes after each start. */
	readonly onStart?: (processes: readonly LabProcess[]) => void;
	/** Called with each program that is ready, and the milliseconds that were waited. */
	readonly onReady?: (name: string, milliseconds: number) => void;
}

/** Programs that belong together: while one of them is waited for, the end of any is an error. */
export class LabPrograms {
	readonly #props: LabProgramsProps;
	readonly #processes: LabProcess[] = [];

	constructor(props: LabProgramsProps) {
		this.#props = props;
	}

	/** Starts a program, which may have ended by the time that this returns. */
	run(program: LabProgram): LabProcess {
		const { logs, home, wrapper = [], onStart } = this.#props;
		const prefix = [...wrapper, ...(program.prefix ?? [])];
		const process = startProcess({ ...program, prefix }, join(logs, `${program.names[0]}.log`), home);
		this.#processes.push(process);
		onStart?.([...this.#processes]);
		return process;
	}

	/**
	 * Waits until a question about a program is answered with yes.
	 *
	 * @param within seconds; one that ends is not waited for, so that a busy machine may take its time
	 * @throws VisibleError when any program ends, or the time is over; Interrupted
	 */
	async ready(process: LabProcess, question: () => Promise<boolean>, within = 120): Promise<void> {
		const begin = performance.now();
		for (;;) {
			interruption.throwIfAborted();
			const ended = this.#processes.find((one) => !isRunning(one));
			if (ended !== undefined) throw new VisibleError(hasEnded(ended));
			if (await question().catch(() => false)) break;
			if (performance.now() > begin + within * 1000)
				throw new VisibleError(`${process.name} is not ready after ${within} s:\n${lastLines(process.log)}`);
			await sleep(50);
		}
		this.#props.onReady?.(process.name, performance.now() - begin);
	}

	/** Ends them all; others may be started then. */
	async stop(): Promise<void> {
		await stopProcesses(this.#processes.splice(0));
	}
}
