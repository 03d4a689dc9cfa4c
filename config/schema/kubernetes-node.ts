import { formatDuration, sum } from "./duration.ts";
import { bytes, wholeSeconds } from "./primitives.ts";
import { z } from "./zod.ts";

/** Settings that all machines of the cluster share. */
export const kubernetesNode = z
	.strictObject({
		version: z
			.string()
			.regex(/^v1\.\d+$/, "expected a minor version such as v1.34")
			.describe("Of kubelet and kubeadm"),
		swap: bytes.describe("Size of the swap file"),
		shutdown: z
			.strictObject({
				pods: z
					.array(
						z.strictObject({
							priority: z
								.int()
								.min(0)
								.describe("Pods of this priority class value and above, up to the next"),
							grace: wholeSeconds,
						}),
					)
					.min(1)
					.describe("Time that each class of pods gets, one class after the other"),
				kubeletStop: wholeSeconds.describe("systemd kills a kubelet that takes longer"),
				inhibitDelay: wholeSeconds.describe("Longest time that logind lets the kubelet hold a shutdown up"),
			})
			.describe("Parts of one budget: pods < kubelet stop <= shutdown of the machine < inhibitor"),
	})
	.superRefine(({ shutdown: { pods, kubeletStop, inhibitDelay } }, context) => {
		const problem = (path: PropertyKey[], message: string) =>
			context.addIssue({ code: "custom", path: ["shutdown", ...path], message });
		const total = sum(...pods.map(({ grace }) => grace));
		if (total >= kubeletStop)
			problem(
				["kubeletStop"],
				`expected more than ${formatDuration(total)}, the sum of shutdown.pods: the last pods would be killed`,
			);
		if (kubeletStop >= inhibitDelay)
			problem(
				["inhibitDelay"],
				`expected more than ${formatDuration(kubeletStop)} of kubeletStop: the shutdown would not wait for it`,
			);
		for (const [index, { priority }] of pods.entries())
			if (index > 0 && priority <= (pods[index - 1]?.priority ?? 0))
				problem(["pods", index, "priority"], "expected priorities in rising order");
	});
