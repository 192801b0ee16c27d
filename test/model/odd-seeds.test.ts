import { describeAgreement } from "./agreement.ts";

describeAgreement("odd");
