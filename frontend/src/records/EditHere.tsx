// Editing a record where a list shows it: the list knows only a part of it, so it is read first.

import { useQuery } from "@tanstack/react-query";
import { Failure } from "../api/Failure";
import type { TypeDescriptor } from "../api/generated";
import { texts } from "../lib/texts";
import { Dialog } from "../ui/Dialog";
import { Skeleton } from "../ui/Skeleton";
import { EditDialog } from "./EditDialog";
import { recordQuery } from "./data";

/** The dialog. */
export function EditHere({ type, id, onClose }: { type: TypeDescriptor; id: string; onClose: () => void }) {
  const record = useQuery(recordQuery(type.plural, id));
  if (record.data) return <EditDialog type={type} record={record.data} onClose={onClose} />;
  return (
    <Dialog title={texts.record.edit} onClose={onClose}>
      {record.isError ? <Failure error={record.error} right="read" retry={() => void record.refetch()} /> : <Skeleton lines={4} />}
      <div className="dialog-foot"><button type="button" onClick={onClose}>{texts.cancel}</button></div>
    </Dialog>
  );
}
