import { describe } from "vitest";
import { theBurst } from "./burst.cases.ts";
import { theContainer } from "./container.cases.ts";
import { afterItsDeath } from "./death.cases.ts";
import { further } from "./further.cases.ts";
import { theJobs, theProbe } from "./jobs.cases.ts";
import { onImage } from "./on-image.ts";
import { fromTheWorld, ofTheUsers } from "./paths.cases.ts";
import { reported, reportedOfJobs } from "./reported.cases.ts";
import { theStandIn } from "./stand-in.cases.ts";
import { theVolume } from "./volume.cases.ts";

const { now, possible } = await onImage();

theContainer(now);
theStandIn(now, possible);

describe.concurrent("side by side", () => {
	fromTheWorld(now);
	ofTheUsers(now);
	further(now);
	reported(now);
	theProbe(now);
	theVolume(now);
});

theJobs(now);
theBurst(now);
reportedOfJobs(now);
afterItsDeath(now);
