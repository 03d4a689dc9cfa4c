import { changeClass } from "../finding-class.ts";

export const stateChanges = changeClass(
	{
		id: "state-changes",
		risk: "notice",
		reason:
			"Terraform takes an object into its state, or knows it by another address. The object itself need not change.",
		remedy: "See that the object is the one that is meant: from now on the code decides about it.",
	},
	function* ({ action, movedFrom, address, arguments: changed = [] }, { live }) {
		const begun = live?.begun?.takenUp.includes(address)
			? "an apply that stopped had begun to make it: "
			: "";
		if (action === "import") yield { message: `${begun}is taken into the state as it is` };
		if (action === "import+update" || action === "import+replace") {
			const what = action === "import+update" ? "changed to what the code says" : "replaced";
			const paths = changed.filter(({ before }) => before !== "absent").map(({ path }) => path);
			const list = paths.length === 0 ? "" : `: ${paths.join(", ")}`;
			yield { message: `${begun}is taken into the state, and ${what}${list}`, risk: "caution" };
		}
		if (movedFrom !== undefined && movedFrom !== address) yield { message: `was ${movedFrom}` };
	},
);
