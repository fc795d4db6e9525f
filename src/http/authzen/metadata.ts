import type { Routes } from '../answer.js';
import { respond } from './exchange.js';
import { PATHS } from './paths.js';

/**
 * What this decision point serves, where callers find it (Authorization API 1.0, section 9). It needs no credential: there
 * is nothing in it that a caller has not been told. Without a URL of its own nothing is served, because what a request
 * says it was sent to is the sender's word.
 */
export function metadata(publicUrl: string | undefined, requestsAt: () => string | null): Routes {
  if (publicUrl === undefined) return {};
  const always = {
    policy_decision_point: publicUrl,
    access_evaluation_endpoint: publicUrl + PATHS.evaluation,
    access_evaluations_endpoint: publicUrl + PATHS.evaluations,
    search_subject_endpoint: publicUrl + PATHS.subject,
    search_resource_endpoint: publicUrl + PATHS.resource,
    search_action_endpoint: publicUrl + PATHS.action,
  };
  return {
    'GET /.well-known/authzen-configuration': (request, response) => {
      const access_request_endpoint = requestsAt();
      const body = {
        ...always,
        ...(access_request_endpoint !== null && {
          access_request_endpoint,
          capabilities: ['urn:openid:authzen:capability:access-request'],
        }),
      };
      respond(request, response, { status: 200, body });
    },
  };
}
