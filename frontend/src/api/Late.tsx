// Parts of the application that are loaded when they are needed first, so that a first visit is light.

import { useQuery } from "@tanstack/react-query";
import type { ComponentType } from "react";
import { Skeleton } from "../ui/Skeleton";
import { Failure } from "./Failure";
import { Unreachable } from "./problem";

/** A component whose code comes later: grey lines until it is there, and a way to try again when it does not come. */
export function late<P extends object>(name: string, load: () => Promise<ComponentType<P>>): ComponentType<P> {
  return function Late(props: P) {
    const part = useQuery({
      queryKey: ["part", name],
      queryFn: () => load().catch(() => Promise.reject(new Unreachable())),
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: Number.POSITIVE_INFINITY,
    });
    if (part.isError) return <Failure error={part.error} retry={() => void part.refetch()} />;
    const Part = part.data;
    return Part ? <Part {...props} /> : <Skeleton lines={6} />;
  };
}
