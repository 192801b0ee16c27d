import { describeAgreement } from "./agreement.ts";

describeAgreement("even");
