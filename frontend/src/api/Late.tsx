// Parts of the application that are loaded when they are needed first, so that a first visit is light.

import { useQuery } from "@tanstack/react-query";
import type { ComponentType } from "react";
import { texts } from "../lib/texts";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { Failure } from "./Failure";
import { Unreachable } from "./problem";

/**
 * A component whose code comes later: grey lines until it is there, and a way to try again when it does not come.
 * Until then there is a page where it is one, and nothing around it where it is a part of one.
 */
export function late<P extends object>(name: string, load: () => Promise<ComponentType<P>>, as: "page" | "part" = "page"): ComponentType<P> {
  return function Late(props: P) {
    const part = useQuery({
      queryKey: ["part", name],
      queryFn: () => load().catch(() => Promise.reject(new Unreachable())),
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: Number.POSITIVE_INFINITY,
    });
    const Part = part.data;
    if (Part) return <Part {...props} />;
    const instead = part.isError ? <Failure error={part.error} retry={() => void part.refetch()} /> : <Skeleton lines={6} />;
    return as === "page" ? <Page title={texts.product}>{instead}</Page> : instead;
  };
}
