import { permissionsOf } from "../../core/access/permissions.ts";
import { json } from "../responses.ts";
import { route } from "../route.ts";
import { meAnswer } from "./admin-answers.ts";

export const getMe = route(
  {
    method: "GET",
    path: "/v1/me",
    operationId: "getMe",
    tag: "Admins",
    summary: "Who am I, and what may I do",
    access: "any-admin",
    success: {
      status: 200,
      description: "The admin whose key this is, with permissions and grants.",
      answer: meAnswer,
    },
    refusals: [],
  },
  ({ admin, caller: { grants } }) => json(200, { ...admin, permissions: permissionsOf(grants), grants }),
);
